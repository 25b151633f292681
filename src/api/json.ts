// Answers in JSON: never cached, never sniffed into something else.

import { jsonHead } from './receipt.ts';

export function jsonAnswer(value: unknown, more: ResponseInit = {}): Response {
  const { headers, ...init } = more;
  const head = new Headers(headers);
  for (const [name, text] of Object.entries(jsonHead)) head.set(name, text);
  return new Response(JSON.stringify(value), { ...init, headers: head });
}
