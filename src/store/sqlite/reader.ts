// The reader thread: answers questions about what is committed, on a connection that cannot write.
// Every statement ends before the next message is looked at, so a slow list never holds the WAL
// open.

import { parentPort, workerData } from 'node:worker_threads';
import type { AttemptRecord, Response } from '../../job/job.ts';
import type { BulkQuery, BulkRow, Counted, Find, Found } from '../bulk.ts';
import type { FoundPast, Past } from '../past.ts';
import type {
  Ahead,
  CausePage,
  CauseQuery,
  GroupRow,
  JobRow,
  ListPage,
  ListQuery,
  SettingRow,
  StoreSizes,
} from '../store.ts';
import { aheadFinder } from './ahead.ts';
import { bulkReader } from './bulk.ts';
import { causeReader } from './cause.ts';
import { Database } from './driver.ts';
import { type Failure, failureOf } from './failure.ts';
import { finder } from './find.ts';
import { groupReader } from './group.ts';
import { lister } from './list.ts';
import { lookup } from './lookup.ts';
import { pastFinder } from './past.ts';
import { queueList } from './queue-list.ts';
import { configureReader } from './schema.ts';
import { settingReader } from './setting.ts';

export interface Question {
  readonly number: number;
  readonly verb: keyof ReaderVerbs;
  readonly input: unknown;
}
export interface Answer {
  readonly number: number;
  readonly answer: unknown;
  readonly failure: Failure | undefined;
}
export interface StoredChunk {
  readonly data: Uint8Array;
  readonly isLast: boolean;
}
export interface ReaderVerbs {
  get(ids: readonly string[]): (JobRow | undefined)[];
  group(id: string): GroupRow | undefined;
  attempts(seq: number): AttemptRecord[];
  response(seq: number): Response | null;
  list(query: ListQuery): Promise<ListPage>;
  causes(query: CauseQuery): CausePage;
  settings(after?: Pick<SettingRow, 'kind' | 'name'>): SettingRow[];
  waiting(): (readonly [queue: string, jobs: number])[];
  ahead(of: Ahead): number[];
  past(look: Past): FoundPast;
  queueNames(page: { readonly after: string; readonly limit: number }): string[];
  hasQueue(name: string): boolean;
  find(look: Find): Found;
  count(look: Pick<Find, 'filter' | 'belowSeq'>): Promise<Counted>;
  bulk(id: string): BulkRow | undefined;
  bulks(query: BulkQuery): BulkRow[];
  pages(): Pick<StoreSizes, 'bytes' | 'reusableBytes'>;
  chunk(at: { readonly bodyId: number; readonly part: number }): StoredChunk | undefined;
}

function verbsOf(database: Database): ReaderVerbs {
  const jobs = lookup(database);
  const queues = queueList(database);
  const bulks = bulkReader(database);
  const selectChunk = database.prepare(
    'select data, isLast from chunk where bodyId = ? and part = ?',
  );
  const size = database.prepare(`
    select page_count * page_size, freelist_count * page_size
    from pragma_page_count, pragma_freelist_count, pragma_page_size`);
  return {
    get: (ids) => ids.map((id) => jobs.byId(id)),
    group: groupReader(database),
    attempts: jobs.attempts,
    response: jobs.response,
    list: lister(database, jobs),
    causes: causeReader(database),
    settings: settingReader(database),
    waiting: queues.waiting,
    ahead: aheadFinder(database),
    past: pastFinder(database),
    queueNames: queues.names,
    hasQueue: queues.has,
    ...finder(database, jobs),
    bulk: bulks.byId,
    bulks: bulks.all,
    pages() {
      const [bytes, reusableBytes] = size.get<[number, number]>()!;
      return { bytes, reusableBytes };
    },
    chunk({ bodyId, part }) {
      const row = selectChunk.get<readonly [Uint8Array, number]>(bodyId, part);
      return row && { data: row[0], isLast: row[1] === 1 };
    },
  };
}

const port = parentPort!;
const { path } = workerData as { readonly path: string };

// This thread starts together with the writer's, which may still be making the database.
port.once('message', () => {
  const database = new Database(path, { isReadOnly: true, busyMs: 5000 });
  configureReader(database);
  serve(database);
  port.postMessage('ready');
});

function serve(database: Database): void {
  const verbs = verbsOf(database);
  port.on('message', async (question: Question | 'close') => {
    if (question === 'close') {
      database.close();
      port.close();
      return;
    }
    const answer = await answerTo(verbs, question);
    // A chunk is handed over, not copied.
    const data =
      question.verb === 'chunk' ? (answer.answer as StoredChunk | undefined)?.data : undefined;
    port.postMessage(answer, data === undefined ? [] : [data.buffer as ArrayBuffer]);
  });
}

async function answerTo(verbs: ReaderVerbs, { number, verb, input }: Question): Promise<Answer> {
  try {
    const answer = await (verbs[verb] as (input: unknown) => unknown)(input);
    return { number, answer, failure: undefined };
  } catch (error) {
    return { number, answer: undefined, failure: failureOf(error) };
  }
}
