// What a page has to load.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bundle } from './bundle.ts';

const MOST_BYTES = 4_096;

test('the client is under 4 KB gzipped, and needs nothing beside it', async (t) => {
  const code = await bundle('index.js');
  const bytes = gzipSync(code).length;
  t.diagnostic(`sendoff/browser: ${bytes} bytes gzipped, ${code.length} as it is`);
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
  assert.doesNotMatch(code, /\b(import|require)\b\s*[('"{]/);
});

test('the service worker is one classic script', async (t) => {
  const code = await bundle('worker.js');
  t.diagnostic(`worker.js: ${gzipSync(code).length} bytes gzipped`);
  assert.doesNotMatch(code, /^\s*(import|export)\b/m);
});
