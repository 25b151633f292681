// Who may import whom. A room is a folder of `src/`, or a file that stands there alone; a room not
// in this table does not exist. Every room may import what lies below it; rooms on one floor do not
// know each other, but for what is written here: `job` is made of the words beside it, `sendoff.ts`
// is types only, what turns a call into a request and an answer into a Response serves both homes,
// and the wiring joins everything.

const words = ['clock', 'limits', 'errors', 'open-files', 'program-file', 'group-id'];
const ground = [...words, 'job'];
const first = [...ground, 'store', 'delivery'];
const spoken = ['send-input', 'command', 'group', 'mending', 'budget'];
const said = [...ground, ...spoken, 'sendoff'];
const homes = [
  ...said,
  'request-input',
  'run-input',
  'resend-input',
  'answer-response',
  'toss',
  'all',
];
const second = [...first, ...homes, 'engine', 'client'];
const faces = [...first, 'engine', 'toss', ...said];
const third = [...second, 'api', 'qstash', 'spool'];

export const mayImport: Readonly<Record<string, readonly string[]>> = {
  clock: [],
  limits: [],
  errors: [],
  'open-files': [],
  'group-id': ['errors'],
  'program-file': [],
  job: words,
  store: ground,
  delivery: ground,
  'send-input': ground,
  command: [...ground, 'send-input'],
  group: [...ground, 'send-input'],
  mending: [...ground, 'send-input'],
  budget: ground,
  sendoff: [...ground, ...spoken],
  'request-input': said,
  'run-input': [...said, 'request-input'],
  'resend-input': [...said, 'request-input'],
  'answer-response': said,
  toss: [...said, 'delivery', 'request-input'],
  all: [...said, 'delivery', 'request-input', 'answer-response', 'version'],
  client: homes,
  config: ground,
  engine: [...first, ...said],
  api: faces,
  qstash: faces,
  spool: faces,
  library: [...faces, 'request-input', 'run-input', 'resend-input', 'answer-response', 'all'],
  version: [],
  server: third,
  reach: [...third, 'server', 'version'],
  'own-commands': [...third, 'config'],
  'open-telemetry': [...first, 'engine', ...said, 'version'],
  'own-engine': [...third, 'config', 'open-telemetry', 'own-commands', 'reach'],
  own: [...third, 'config', 'own-commands', 'own-engine', 'server', 'reach', 'version'],
  open: [...third, 'config', 'server', 'own', 'library', 'version'],
  cli: [...third, 'config', 'server', 'open', 'version'],
  'async-request': [...ground, 'delivery', 'toss', 'version'],
  index: [...third, 'async-request', 'server', 'own', 'open'],
};

/** The rooms that may name a concrete store: the wiring. */
export const namesStores: readonly string[] = ['own', 'cli'];

/** The room of a file in `src/`. */
export function roomOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.test\.ts$|\.ts$/, '');
}

/** The concrete store a file belongs to, or null: `src/store/sqlite/settle.ts` gives `sqlite`. */
export function storeOf(path: string): string | null {
  return /^src\/store\/([^/]+)\//.exec(path)?.[1] ?? null;
}
