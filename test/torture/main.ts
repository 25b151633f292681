// Real servers, real targets that keep ledgers, real clients, and kill -9 at any moment: counts
// what was lost, altered, doubled or stuck. `npm run torture -- --help` says more.

import { makeFolder, removeFolder } from '../support/folder.ts';
import { type RunOptions, readOptions, usage } from './options.ts';
import { hasPassed, report } from './report.ts';
import { run } from './run.ts';

const options = optionsOrUsage(process.argv.slice(2));
if (options !== undefined) {
  const isGood = await torture(options);
  // Also ends what a failed run may have left behind.
  process.exit(isGood ? 0 : 1);
}

async function torture(options: RunOptions): Promise<boolean> {
  const folder = makeFolder('torture');
  const tell = (line: string): void => console.error(line);
  tell(`seed ${options.seed}, in ${folder}`);
  let isGood = false;
  try {
    const result = await run(options, folder, tell);
    console.log(report(result));
    isGood = hasPassed(result);
  } catch (error) {
    console.error(error);
  }
  console.log(isGood ? 'passed' : `FAILED, the folder is kept: ${folder}`);
  if (isGood && !options.keepFolder) removeFolder(folder);
  return isGood;
}

function optionsOrUsage(args: readonly string[]): RunOptions | undefined {
  if (args.includes('--help')) {
    console.log(usage);
    return undefined;
  }
  try {
    return readOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}
