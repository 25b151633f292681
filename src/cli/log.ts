// The server's log on stderr: short lines for a person who looks on, JSON by pino for everything
// else.

import type { Log } from '../engine/node.ts';
import { styledTalk } from './output.ts';
import { plainLine } from './plain-text.ts';

export const levels = ['error', 'warn', 'info'] as const;
export type Level = (typeof levels)[number];

export async function openLog(level: Level): Promise<Log> {
  if (process.stderr.isTTY) return humanLog(level);
  const { pino } = await import('pino');
  const logger = pino({ level, base: null }, pino.destination({ fd: 2, sync: true }));
  return (each, message, detail) => logger[each](detail ?? {}, message);
}

const colours = { error: 'red', warn: 'yellow', info: 'dim' } as const;

function humanLog(level: Level): Log {
  return (each, message, detail) => {
    if (levels.indexOf(each) > levels.indexOf(level)) return;
    const time = new Date().toTimeString().slice(0, 8);
    const fields = Object.entries(detail ?? {}).map(
      ([name, value]) => ` ${name}=${fieldText(value)}`,
    );
    const line = `${time} ${styledTalk(colours[each], plainLine(message))}`;
    process.stderr.write(`${line}${plainLine(fields.join(''))}\n`);
  };
}

function fieldText(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
