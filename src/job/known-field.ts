// Fields that nobody knows are refused and not ignored: `retires: 3` would silently lose what was
// meant.

import { SendoffError } from '../errors.ts';
import { shown } from './shown.ts';

/** Letters that may differ between a field and the one that was meant. */
const MOST_EDITS = 2;

/**
 * An object whose every field is known.
 *
 * @param path names the object in messages; '' for the job itself
 * @throws SendoffError `invalid_json_type` if it is no plain object, `unknown_field` with the
 *   nearest name
 */
export function checkFields(
  value: unknown,
  known: ReadonlySet<string>,
  path: string,
): Record<string, unknown> {
  if (!isPlainObject(value)) {
    const what = path === '' ? 'a job' : `\`${path}\``;
    const code = path === '' ? 'invalid_json_type' : 'invalid_field';
    const details = path === '' ? {} : { field: path };
    throw new SendoffError(code, `Expected ${what} to be an object, got ${shown(value)}`, details);
  }
  for (const field of Object.keys(value)) {
    if (!known.has(field)) throw unknownField(field, known, path);
  }
  return value;
}

function unknownField(field: string, known: Iterable<string>, path: string): SendoffError {
  const prefix = path === '' ? '' : `${path}.`;
  const nearest = nearestName(field, known);
  const hint = nearest === undefined ? '' : `; did you mean \`${prefix}${nearest}\`?`;
  const name = shown(prefix + field);
  const message = `Unknown field ${name}${hint}`;
  // Without its backticks; a name may be as long as the document.
  return new SendoffError('unknown_field', message, { field: name.slice(1, -1) });
}

/** The name that was probably meant: letter case, `_` and `-` aside, at most two edits away. */
export function nearestName(given: string, names: Iterable<string>): string | undefined {
  const plain = plainName(given);
  let nearest: string | undefined;
  let fewest = Math.min(MOST_EDITS, Math.floor(plain.length / 2)) + 1;
  for (const name of names) {
    if (Math.abs(plainName(name).length - plain.length) >= fewest) continue;
    const edits = editsBetween(plain, plainName(name));
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = name;
  }
  return nearest;
}

/** A JSON object, or one made by a literal: nothing is inherited that could pass for a field. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

/**
 * Insertions, deletions, replacements, and swaps of neighbours that turn one text into the other.
 */
function editsBetween(from: string, to: string): number {
  const width = to.length + 1;
  const rows = [Array.from({ length: width }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column < width; column++) {
      const cost = from[row - 1] === to[column - 1] ? 0 : 1;
      const above = rows[row - 1] as number[];
      let edits = Math.min(
        (above[column] as number) + 1,
        (line[column - 1] as number) + 1,
        (above[column - 1] as number) + cost,
      );
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && isSwap) {
        edits = Math.min(edits, (rows[row - 2]?.[column - 2] as number) + 1);
      }
      line.push(edits);
    }
    rows.push(line);
  }
  return rows[from.length]?.[to.length] as number;
}
