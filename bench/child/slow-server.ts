// A server whose disk is slow: as `sendoff serve`, but every commit takes longer.

import { parseArgs } from 'node:util';
import { serve } from '../../src/open.ts';

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '' },
    store: { type: 'string', default: '' },
    'slow-commit': { type: 'string', default: '0' },
    'commit-queue': { type: 'string', default: '1000' },
  },
});

const server = await serve({
  store: values.store,
  listen: [values.listen],
  slowCommitMs: Number(values['slow-commit']),
  commitQueue: Number(values['commit-queue']),
});
process.once('SIGTERM', () => void server.close().then(() => process.exit()));
