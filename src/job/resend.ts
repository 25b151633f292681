// A job that is handed over again as another one: what is not edited is as it was. What belonged to
// the first hand-over alone stays behind: its id and key, its delay, its `startBy`.

import { SendoffError } from '../errors.ts';
import type { CheckedJob } from './checked.ts';
import { DELIVERY_FIELDS } from './delivery-fields.ts';
import type { HeaderLines, HttpTarget, Priority, Spec, Target } from './job.ts';
import { checkFields, isPlainObject } from './known-field.ts';
import { checkJob, type JobContext } from './options.ts';
import { commandQueue } from './target-name.ts';
import { checkUrl, defaultQueue } from './target-url.ts';

/** The job that is handed over again. */
export interface ResendSource {
  readonly id: string;
  readonly queue: string;
  /** Absent: it stood in an ordered queue, where it has none. */
  readonly priority?: Priority;
  readonly spec: Spec;
  readonly runAt: number;
  readonly expiresAt: number;
}

export interface ResendContext extends Omit<JobContext, 'hasBody'> {
  /** `content-type` of a body that takes the place of the old one, where it has one of its own. */
  readonly bodyType?: string;
}

type Delivery = (typeof DELIVERY_FIELDS)[number];
type Fields = Record<string, unknown>;

const REQUEST_FIELDS = ['url', 'method', 'headers'] as const;
const CALL_FIELDS = ['args', 'env'] as const;
/** What may be edited beside the body. */
export const EDIT_FIELDS: ReadonlySet<string> = new Set([
  ...REQUEST_FIELDS,
  ...CALL_FIELDS,
  ...DELIVERY_FIELDS,
]);

// In the place of a target that is not looked at again: what it may be was decided before.
const AS_IT_WAS = { url: 'http://any.invalid/' } as const;

/** Which parts of a spec a field decides; all other parts are as they were. */
const DECIDES: Readonly<Record<Delivery, readonly (keyof Spec)[]>> = {
  id: [],
  key: ['key'],
  queue: [],
  limit: ['limit'],
  priority: [],
  delay: [],
  at: [],
  startBy: ['startByAt'],
  timeout: ['timeoutMs'],
  connectTimeout: ['connectMs'],
  firstByteTimeout: ['firstByteMs'],
  idleTimeout: ['idleMs'],
  deadline: [],
  retries: ['retry'],
  retry: ['retry'],
  delivery: ['delivery'],
  tags: ['tags'],
  keep: ['keep'],
};

/**
 * @throws SendoffError as `checkJob`; `invalid_field` for what a target of this kind does not have
 */
export function resentJob(
  source: ResendSource,
  edits: unknown,
  { bodyType, ...context }: ResendContext,
): CheckedJob {
  const fields = checkFields(edits, EDIT_FIELDS, '');
  const { spec, queue, priority, runAt, expiresAt } = source;
  refuseForeign(fields, spec.target);
  refuseValues(fields);
  const isEdited = isTargetEdited(fields, bodyType);
  const work = isEdited ? targetFields(spec.target, withType(fields, bodyType)) : AS_IT_WAS;
  const checked = checkJob({ ...fields, ...work }, { ...context, hasBody: false });
  const target = isEdited ? checked.spec.target : spec.target;
  const line = isEdited ? queueOf(queue, spec.target, checked) : queue;
  const spanMs = (spec.deadlineAt ?? expiresAt) - runAt;
  return {
    ...(checked.id !== undefined && { id: checked.id }),
    ...(checked.key !== undefined && { key: checked.key }),
    queue: fields.queue === undefined ? line : checked.queue,
    priority: fields.priority === undefined ? (priority ?? checked.priority) : checked.priority,
    runAt: checked.runAt,
    expiresAt: fields.deadline === undefined ? checked.runAt + spanMs : checked.expiresAt,
    spec: specOf(source, fields, { ...checked.spec, target }),
  };
}

/** Edits that are to be made to many jobs, checked once. @throws SendoffError as `resentJob` */
export function checkEdits(edits: unknown, now: number): void {
  const target = { kind: 'http', method: 'POST', ...AS_IT_WAS, headers: [] } as const;
  const any = checkJob({ url: target.url, method: target.method }, { now, hasBody: false });
  const source = { ...any, id: '', spec: { ...any.spec, target } };
  resentJob(source, edits, { now });
}

function specOf(source: ResendSource, fields: Fields, checked: Spec): Spec {
  const { startByAt: _, deadlineAt: __, key: ___, route: ____, ...kept } = source.spec;
  const edited: Partial<Record<keyof Spec, unknown>> = {};
  for (const field of DELIVERY_FIELDS) {
    if (fields[field] === undefined) continue;
    for (const part of DECIDES[field]) edited[part] = checked[part];
  }
  const whole = { ...kept, ...edited, target: checked.target, resentFrom: source.id };
  // An empty list of tags is none.
  return Object.fromEntries(
    Object.entries(whole).filter(([, value]) => value !== undefined),
  ) as unknown as Spec;
}

/** A job that waited in its target's own line waits in the line of its new target. */
function queueOf(queue: string, target: Target, checked: CheckedJob): string {
  const own = target.kind === 'http' ? defaultQueue(checkUrl(target.url)) : commandQueue(target);
  return queue === own ? checked.queue : queue;
}

function refuseForeign(fields: Fields, { kind }: Target): void {
  const foreign = kind === 'http' ? CALL_FIELDS : REQUEST_FIELDS;
  const field = foreign.find((name) => fields[name] !== undefined);
  if (field === undefined) return;
  const what = kind === 'http' ? 'a request' : 'a command';
  throw new SendoffError('invalid_field', `This job is ${what}: it has no \`${field}\``, { field });
}

/** What a queue or a limit is to be is not said by who hands a job over again. */
function refuseValues(fields: Fields): void {
  const field = ['queue', 'limit'].find((name) => typeof (fields[name] ?? '') !== 'string');
  if (field === undefined) return;
  throw new SendoffError('invalid_field', `Expected \`${field}\` to be a name here`, { field });
}

function isTargetEdited(fields: Fields, bodyType: string | undefined): boolean {
  const names = [...REQUEST_FIELDS, ...CALL_FIELDS];
  return bodyType !== undefined || names.some((name) => fields[name] !== undefined);
}

function targetFields(target: Target, fields: Fields): Fields {
  if (target.kind === 'http') return requestFields(target, fields);
  const { name, program, folder, args, env } = target;
  const what = name === undefined ? { program, folder } : { command: name };
  const call = { args: fields.args ?? args, env: fields.env ?? env };
  return { ...what, ...call };
}

function requestFields(target: HttpTarget, { url, method, headers }: Fields): Fields {
  return {
    url: url ?? target.url,
    method: method ?? target.method,
    headers: headers === undefined ? target.headers : mergedHeaders(target.headers, headers),
  };
}

/** What is named takes the place of all lines of that name; null takes them away. */
function mergedHeaders(old: HeaderLines, edits: unknown): unknown {
  if (!isPlainObject(edits) && !Array.isArray(edits)) return edits;
  const entries: unknown[] = Array.isArray(edits) ? edits : Object.entries(edits);
  const pairs = entries.flatMap(linesOf);
  const named = new Set(pairs.map(([name]) => String(name).toLowerCase()));
  const kept = old.filter(([name]) => !named.has(name.toLowerCase()));
  return [...kept, ...pairs.filter(([, value]) => value !== null)];
}

function linesOf(entry: unknown): (readonly [unknown, unknown])[] {
  if (!Array.isArray(entry) || entry.length !== 2) return [[entry, undefined]];
  const [name, value] = entry as [unknown, unknown];
  return Array.isArray(value) ? value.map((one: unknown) => [name, one]) : [[name, value]];
}

function withType(fields: Fields, bodyType: string | undefined): Fields {
  if (bodyType === undefined) return fields;
  const { headers = [] } = fields;
  const given = Array.isArray(headers) ? (headers as unknown[]) : Object.entries(headers as object);
  const isGiven = given.some(
    (pair) => Array.isArray(pair) && String(pair[0]).toLowerCase() === 'content-type',
  );
  return isGiven ? fields : { ...fields, headers: [...given, ['content-type', bodyType]] };
}
