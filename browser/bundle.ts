// Bundles the browser client: one module for pages, one script for service workers; what they use
// is inside.

interface Bundle {
  readonly input: string;
  readonly platform: 'browser';
  readonly tsconfig: string;
  readonly output: {
    readonly file: string;
    readonly format: 'esm' | 'iife';
    readonly minify: true;
    readonly comments: false;
  };
}

function bundle(name: string, format: Bundle['output']['format']): Bundle {
  return {
    ...{ input: `browser/${name}.ts`, platform: 'browser', tsconfig: 'browser/tsconfig.json' },
    output: { file: `dist/browser/${name}.js`, format, minify: true, comments: false },
  };
}

const bundles: readonly Bundle[] = [bundle('index', 'esm'), bundle('worker', 'iife')];

// biome-ignore lint/style/noDefaultExport: the bundler looks for it
export default bundles;
