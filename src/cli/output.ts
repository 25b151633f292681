// Results go to stdout, talk goes to stderr. Colours and anything that moves only where a person
// looks on.

import { once } from 'node:events';
import { styleText } from 'node:util';
import { plainLine } from './plain-text.ts';

export const formats = ['table', 'json', 'jsonl', 'id'] as const;
export type Format = (typeof formats)[number];

type Style = Parameters<typeof styleText>[0];

/** Waits when the reader is slow, so that nothing piles up. */
export async function print(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** What a receipt tells beside the id. */
export function sayNotes({ notes = [] }: { readonly notes?: readonly string[] }): void {
  for (const note of notes) say(`Note: ${plainLine(note)}`);
}

/**
 * Coloured if stdout is a terminal that wants colours (NO_COLOR, FORCE_COLOR and TERM are
 * honoured).
 */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function styledTalk(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr });
}

/** A reader that has left, such as `head`, is no failure. */
export function leaveQuietlyWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
