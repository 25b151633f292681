// Rows into the objects of the contract.

import type { AttemptRecord, Exit, HeaderLines, Response, Result } from '../../job/job.ts';

/** Lower-case hyphenated text of a 16-byte id. */
export function idText(id: Uint8Array): string {
  const hex = Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `${parts.join('-')}-${hex.slice(20)}`;
}

export const attemptColumns = 'number, startedAt, endedAt, result, status, error, detail';
export type AttemptRow = readonly [
  number: number,
  startedAt: number,
  endedAt: number,
  result: Result,
  status: number | null,
  error: string | null,
  detail: string | null,
];

export function attemptRecord(row: AttemptRow): AttemptRecord {
  const [number, startedAt, endedAt, result, status, error, detail] = row;
  return {
    number,
    startedAt,
    endedAt,
    result,
    ...(status !== null && { status }),
    ...(error !== null && { error }),
    ...(detail !== null && { detail }),
  };
}

export const responseColumns =
  'status, headers, bodyId, bodyBytes, isTruncated, isIncomplete, exit';
export type ResponseRow = readonly [
  status: number,
  headers: string,
  bodyId: number | null,
  bodyBytes: number,
  isTruncated: number,
  isIncomplete: number,
  exit: string | null,
];

/** A response without its body. */
export function responseHead(row: ResponseRow): Omit<Response, 'body'> {
  const [status, headers, bodyId, bodyBytes, isTruncated, isIncomplete, exit] = row;
  return {
    status,
    headers: JSON.parse(headers) as HeaderLines,
    bodyId,
    bodyBytes,
    isTruncated: isTruncated === 1,
    isIncomplete: isIncomplete === 1,
    ...(exit !== null && { exit: JSON.parse(exit) as Exit }),
  };
}
