#!/usr/bin/env -S node --max-semi-space-size=8 --max-old-space-size=2000 --expose-gc
// Starts the command line. A checkout runs its sources, so that nobody ever runs a stale build; the
// installed package has no sources and runs its build. What is made for one request is garbage soon
// after: a young memory of a few MiB keeps a server small and costs it no time that shows.

import './require-node.js';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname } from 'node:path';

const sources = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);

// What was compiled once is not compiled at every call of a command; threads take this from the environment.
module.enableCompileCache?.();
const cache = module.getCompileCacheDir?.();
if (cache) process.env.NODE_COMPILE_CACHE ??= dirname(cache);

void import(String(existsSync(sources) ? sources : built))
  .then(({ main }) => main(process.argv.slice(2)))
  .then((exitCode) => {
    process.exitCode = exitCode;
  });
