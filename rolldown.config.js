// Bundles the browser client: one module for pages, one script for service workers; what they use
// is inside.

const common = { platform: 'browser', tsconfig: 'browser/tsconfig.json' };

/** @type {import('rolldown').RolldownOptions[]} */
const bundles = [
  {
    ...common,
    input: 'browser/index.ts',
    output: { file: 'dist/browser/index.js', format: 'esm', minify: true, comments: false },
  },
  {
    ...common,
    input: 'browser/worker.ts',
    output: { file: 'dist/browser/worker.js', format: 'iife', minify: true, comments: false },
  },
];

// biome-ignore lint/style/noDefaultExport: the bundler looks for it
export default bundles;
