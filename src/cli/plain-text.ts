// Text that came from elsewhere (names, headers, bodies), as it may be shown on a terminal:
// whatever would move the cursor, change the title, reorder letters or fake a line is written out
// as an escape.

import { printable } from '../job/shown.ts';

/** One line. */
export function plainLine(text: string): string {
  return printable(text, Number.POSITIVE_INFINITY);
}

/** Several lines: line ends and tabs stay. */
export function plainText(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, '').split('\t').map(plainLine).join('\t'))
    .join('\n');
}

/** At most `most` characters, the last one an ellipsis if something is missing. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
