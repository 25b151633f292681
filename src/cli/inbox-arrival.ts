// One request that arrived at the inbox, as it is shown.

import { styled } from './output.ts';
import { plainLine, plainText, shortened } from './plain-text.ts';
import { size } from './span.ts';

export interface Arrival {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly bodyBytes: number;
  /** The beginning of the body. */
  readonly body: Uint8Array;
  /** The sender went away before the end. */
  readonly isCut: boolean;
}

const LINE_CHARACTERS = 200;

export function arrivalText(
  arrival: Arrival,
  format: 'table' | 'jsonl',
  isVerbose: boolean,
): string {
  const { at, method, path, headers, bodyBytes, isCut } = arrival;
  const body = Buffer.from(arrival.body).toString();
  if (format === 'jsonl') {
    return `${JSON.stringify({ at, method, path, headers, bodyBytes, body, isCut })}\n`;
  }
  const cut = isCut ? styled('red', '  cut off') : '';
  const first = `${styled('dim', at.slice(11, 23))}  ${styled('bold', plainLine(method))}`;
  const line = `${first} ${plainLine(path)}  ${size(bodyBytes)}`;
  if (!isVerbose) {
    const preview = bodyBytes === 0 ? '' : `  ${shortened(plainLine(body), LINE_CHARACTERS)}`;
    return `${line}${cut}${preview}\n`;
  }
  const lines = headers.map(([name, value]) => `  ${plainLine(name)}: ${plainLine(value)}\n`);
  const whole = bodyBytes === 0 ? '' : `\n${plainText(body)}\n`;
  return `${line}${cut}\n${lines.join('')}${whole}\n`;
}
