// The 202 that says: on disk and synced. It is written for every job, so its JSON is put together
// by hand and its head goes out as one flat list, in one write with the body.

import type { ServerResponse } from 'node:http';
import type { Receipt } from '../sendoff.ts';

function receiptJson(receipt: Receipt): string {
  const { id, state, queue, runAt, duplicate, notes } = receipt;
  const head = `{"id":"${id}","state":"${state}","queue":${quoted(queue)}`;
  const end = notes === undefined ? '}' : `,"notes":${JSON.stringify(notes)}}`;
  return `${head},"runAt":"${runAt}","duplicate":${duplicate}${end}`;
}

// Letters, digits and punctuation that JSON takes as they are: every origin, nearly every queue.
const plain = /^[\w\-.:/@ ]*$/;

function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}

export function writeReceipt(response: ServerResponse, receipt: Receipt): void {
  const body = receiptJson(receipt);
  const isAscii = receipt.notes === undefined && plain.test(receipt.queue);
  const head = [
    'Content-Type',
    'application/json',
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
    'Location',
    `/v1/jobs/${receipt.id}`,
    'Sendoff-Job',
    receipt.id,
    'Content-Length',
    String(isAscii ? body.length : Buffer.byteLength(body)),
  ];
  if (receipt.duplicate) head.push('Sendoff-Duplicate', 'true');
  response.writeHead(202, head);
  response.end(body, isAscii ? 'latin1' : 'utf8');
}

/** Many receipts, in the order of the jobs that were handed over together. */
export function writeReceipts(response: ServerResponse, receipts: readonly Receipt[]): void {
  const body = `{"jobs":[${receipts.map(receiptJson).join(',')}]}`;
  response.writeHead(202, { ...jsonHead, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

export const jsonHead: Readonly<Record<string, string>> = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
};
