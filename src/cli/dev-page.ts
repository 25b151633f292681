// The site of `sendoff dev`: the demo page and the browser client. The package has the client
// bundled; a checkout bundles its sources when it starts, so that nobody ever tries a stale one.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';

/** What the page must know of the server. */
export interface DemoSettings {
  readonly url: string;
  readonly route: string;
  readonly key: string;
}

const packaged = new URL('../browser/', import.meta.url);
const sources = new URL('../../browser/', import.meta.url);
const isPackaged = existsSync(new URL('index.js', packaged));

/** The page's own site; `settings` are asked for once a page is opened. */
export function createDemoSite(settings: () => DemoSettings): Server {
  const bundled = new Map<string, Promise<string | Buffer>>();
  const client = (name: string): Promise<string | Buffer> => {
    const text = bundled.get(name) ?? clientFile(name);
    bundled.set(name, text);
    return text;
  };
  const files: Readonly<Record<string, readonly [type: string, read: () => Promise<Text> | Text]>> =
    {
      '/': ['text/html', () => demoFile('index.html')],
      '/demo.css': ['text/css', () => demoFile('demo.css')],
      '/demo.js': ['text/javascript', () => demoFile('demo.js')],
      '/sendoff.js': ['text/javascript', () => client('index.js')],
      '/worker.js': ['text/javascript', () => client('worker.js')],
      '/settings.json': ['application/json', () => JSON.stringify(settings())],
    };
  return createServer(async ({ method, url = '' }, response) => {
    const file = method === 'GET' ? files[url] : undefined;
    if (file === undefined) return void response.writeHead(404).end();
    const [type, read] = file;
    const text = await Promise.resolve(read()).catch((error: unknown) => error);
    if (text instanceof Error) return void response.writeHead(500).end(`${text.message}\n`);
    response.writeHead(200, {
      'Content-Type': `${type}; charset=utf-8`,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': policy(settings()),
    });
    response.end(text);
  });
}

type Text = string | Buffer;

/** The page may load what is its own and speak to the server, and nothing else. */
function policy({ url }: DemoSettings): string {
  const own = ['script-src', 'style-src', 'worker-src'].map((kind) => `${kind} 'self'`);
  const none = ['default-src', 'base-uri', 'form-action', 'frame-ancestors'].map(
    (kind) => `${kind} 'none'`,
  );
  return [...own, ...none, `connect-src 'self' ${url}`].join('; ');
}

function demoFile(name: string): Promise<Buffer> {
  return readFile(new URL(`demo/${name}`, isPackaged ? packaged : sources));
}

async function clientFile(name: string): Promise<Text> {
  if (isPackaged) return readFile(new URL(name, packaged));
  const { rolldown } = await import('rolldown');
  const { default: bundles } = (await import(new URL('bundle.ts', sources).href)) as {
    readonly default: readonly { readonly output: { readonly file: string } }[];
  };
  const bundle = bundles.find(({ output }) => output.file.endsWith(`/${name}`));
  const { output, ...input } = bundle as NonNullable<typeof bundle>;
  const built = await rolldown({ ...input, cwd: new URL('../', sources).pathname });
  const { output: chunks } = await built.generate({ ...output });
  await built.close();
  return chunks[0].code;
}
