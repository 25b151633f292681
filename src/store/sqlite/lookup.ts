// Jobs as people see them, by id or sequence number; their attempts and answers.

import type {
  AttemptRecord,
  FailReason,
  FinalState,
  JobClock,
  Level,
  Response,
} from '../../job/job.ts';
import type { JobRow } from '../store.ts';
import type { Database } from './driver.ts';
import {
  type AttemptRow,
  attemptColumns,
  attemptRecord,
  idText,
  type ResponseRow,
  responseColumns,
  responseHead,
} from './row.ts';

const selectJob = `
  select job.seq, job.id, queue.name, job.priority, job.createdAt,
    coalesce(todo.runAt, job.runAt), coalesce(todo.expiresAt, job.expiresAt),
    coalesce(done.attempts, todo.attempt - 1, 0), job.spec, job.bodyBytes,
    done.state, done.reason, done.clock, done.settledAt, coalesce(done.isResponsePruned, 0)
  from job join queue on queue.id = job.queue
    left join todo using (seq) left join done using (seq)`;

type FoundRow = readonly [
  seq: number,
  id: Uint8Array,
  queue: string,
  priority: Level,
  createdAt: number,
  runAt: number,
  expiresAt: number,
  attempts: number,
  spec: string,
  bodyBytes: number,
  state: FinalState | null,
  reason: FailReason | null,
  clock: JobClock | null,
  settledAt: number | null,
  isResponsePruned: number,
];

export interface Lookup {
  byId(id: string): JobRow | undefined;
  bySeq(seq: number): JobRow | undefined;
  attempts(seq: number): AttemptRecord[];
  response(seq: number): Response | null;
}

export function lookup(database: Database): Lookup {
  const selectById = database.prepare(`${selectJob} where job.id = unhex(?, '-')`);
  const selectBySeq = database.prepare(`${selectJob} where job.seq = ?`);
  const selectAttempts = database.prepare(
    `select ${attemptColumns} from attempt where seq = ? order by number`,
  );
  const selectHead = database.prepare(`select ${responseColumns} from response where seq = ?`);
  const selectBody = database.prepare('select body from response where seq = ?');

  const head = (seq: number): Omit<Response, 'body'> | null => {
    const row = selectHead.get<ResponseRow>(seq);
    return row === undefined ? null : responseHead(row);
  };
  const job = (row: FoundRow | undefined): JobRow | undefined => {
    if (row === undefined) return undefined;
    const [seq, id, queue, priority, createdAt, runAt, expiresAt, ...rest] = row;
    const [attempts, spec, bodyBytes, state, reason, clock, settledAt, isResponsePruned] = rest;
    return {
      ...{ seq, id: idText(id), queue, priority, createdAt, runAt, expiresAt, attempts },
      ...{ spec, bodyBytes, reason, clock, settledAt },
      state: state ?? 'pending',
      response: state === null ? null : head(seq),
      isResponsePruned: isResponsePruned === 1,
    };
  };
  return {
    byId: (id) => job(selectById.get<FoundRow>(id)),
    bySeq: (seq) => job(selectBySeq.get<FoundRow>(seq)),
    attempts: (seq) => selectAttempts.all<AttemptRow>(seq).map(attemptRecord),
    response(seq) {
      const found = head(seq);
      if (found === null) return null;
      return { ...found, body: selectBody.get<[Uint8Array | null]>(seq)![0] };
    },
  };
}
