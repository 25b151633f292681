// The browser client as the build makes it, of the sources as they are now.

import { rolldown } from 'rolldown';
import bundles from '../../browser/bundle.ts';
import { root } from '../hostile/sources.ts';

export type BundleName = 'index.js' | 'worker.js';

export async function bundle(name: BundleName): Promise<string> {
  const config = bundles.find(({ output }) => output.file.endsWith(`/${name}`));
  if (config === undefined) throw new Error(`Expected a bundle ${name}`);
  const { output, ...input } = config;
  const built = await rolldown({ ...input, cwd: root });
  const { output: chunks } = await built.generate({ ...output });
  await built.close();
  return chunks[0].code;
}
