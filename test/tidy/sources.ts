// Reads every TypeScript file of the repository once, as text and as a syntax tree, and boils it
// down to what the tidy test judges: imports, function lengths, and the names it uses. The
// compiler's own parser does the reading, so that strings, comments and templates cannot fool the
// measure.

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  isCallExpression,
  isExportDeclaration,
  isFunctionLikeDeclaration,
  isIdentifier,
  isImportDeclaration,
  isInterfaceDeclaration,
  isNewExpression,
  isPropertyAccessExpression,
  isStringLiteral,
  isTypeAliasDeclaration,
  type Node,
  type SourceFile,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

/** The root of the checkout, with a slash at its end. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url));

export interface Source {
  /** From the root of the checkout, with forward slashes. */
  readonly path: string;
  readonly isTest: boolean;
  readonly lines: readonly string[];
  /** Files of this repository it names in an import, an export from, or as a worker's address. */
  readonly files: readonly string[];
  /** npm packages it imports; Node's own modules are not among them. */
  readonly packages: readonly string[];
  readonly functions: readonly Measured[];
  /**
   * Names it calls or reads: `setTimeout`, `Date.now`, and `new Date()` when it takes the present.
   */
  readonly uses: readonly Use[];
  /** Nothing of it is left at run time. */
  readonly isTypesOnly: boolean;
}

export interface Measured {
  readonly line: number;
  readonly length: number;
}

export interface Use {
  readonly name: string;
  readonly line: number;
}

export function readSources(): Source[] {
  const api = new API();
  try {
    const configs = ['tsconfig.json', 'browser/tsconfig.json'].map((path) => root + path);
    const snapshot = api.updateSnapshot({ openProjects: configs });
    return configs.flatMap((config) => {
      const program = snapshot.getProject(config)?.program;
      if (!program) throw new Error(`Expected the compiler to open \`${config}\`, got no program`);
      return program
        .getSourceFileNames()
        .filter((name) => name.startsWith(root) && !name.includes('/node_modules/'))
        .map((name) => digest(program.getSourceFile(name) as SourceFile));
    });
  } finally {
    api.close();
  }
}

function digest(file: SourceFile): Source {
  const path = relative(root, file.fileName).replaceAll('\\', '/');
  const nodes = allNodes(file);
  const specifiers = nodes.filter(isStringLiteral).map((node) => node.text);
  return {
    path,
    isTest: /\.test\.ts$|^src\/store\/contract\/|^test\//.test(path),
    lines: file.text.replace(/\n$/, '').split('\n'),
    files: specifiers.filter((text) => /^\.\.?\/.*\.ts$/.test(text)).map((text) => at(path, text)),
    packages: nodes.flatMap(packageOf),
    functions: nodes.filter(isMeasured).map((node) => measure(file, node)),
    uses: nodes.flatMap((node) => usesOf(file, node)),
    isTypesOnly: file.statements.every(isTypeStatement),
  };
}

function allNodes(root: Node): Node[] {
  const nodes: Node[] = [];
  const visit = (node: Node): void => {
    nodes.push(node);
    node.forEachChild(visit);
  };
  visit(root);
  return nodes;
}

function at(path: string, specifier: string): string {
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

function packageOf(node: Node): string[] {
  if (!isImportDeclaration(node) && !isExportDeclaration(node)) return [];
  const from = node.moduleSpecifier;
  if (!from || !isStringLiteral(from) || /^(\.|node:)/.test(from.text)) return [];
  return [/^(@[^/]+\/)?[^/]+/.exec(from.text)?.[0] ?? from.text];
}

function isMeasured(node: Node): boolean {
  return isFunctionLikeDeclaration(node) && 'body' in node && node.body !== undefined;
}

// A list of tests is not a function. The lines of a `describe`, `test` or hook call count for the
// function handed to that call, not for the one around it; each of those is measured on its own.
function measure(file: SourceFile, node: Node): Measured {
  const tests = outermostTests(node);
  const length = tests.reduce((rest, test) => rest - span(file, test), span(file, node));
  return { line: lineOf(file, node), length };
}

function outermostTests(node: Node): Node[] {
  const tests: Node[] = [];
  const visit = (child: Node): void => {
    if (isTestCall(child)) tests.push(child);
    else child.forEachChild(visit);
  };
  node.forEachChild(visit);
  return tests;
}

const TEST_WORDS = [
  'describe',
  'suite',
  'test',
  'it',
  'before',
  'beforeEach',
  'after',
  'afterEach',
];

function isTestCall(node: Node): boolean {
  if (!isCallExpression(node) || !isIdentifier(node.expression)) return false;
  return TEST_WORDS.includes(node.expression.text);
}

function span(file: SourceFile, node: Node): number {
  const lastLine = file.getLineAndCharacterOfPosition(node.end).line + 1;
  return lastLine - lineOf(file, node) + 1;
}

function lineOf(file: SourceFile, node: Node): number {
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}

function usesOf(file: SourceFile, node: Node): Use[] {
  const line = lineOf(file, node);
  if (isIdentifier(node)) return isMember(node) ? [] : [{ name: node.text, line }];
  if (isPropertyAccessExpression(node)) return [{ name: node.getText(file), line }];
  if (isNewExpression(node) && !node.arguments?.length) return [{ name: node.getText(file), line }];
  return [];
}

// `socket.setTimeout` is not the global of that name.
function isMember(node: Node): boolean {
  return isPropertyAccessExpression(node.parent) && node.parent.name === node;
}

function isTypeStatement(node: Node): boolean {
  if (isInterfaceDeclaration(node) || isTypeAliasDeclaration(node)) return true;
  if (isExportDeclaration(node)) return node.isTypeOnly;
  return isImportDeclaration(node) && /^import type\b/.test(node.getText());
}
