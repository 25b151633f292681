// How a value that was refused is shown in the message that refuses it.

const SHOWN_CHARACTERS = 60;
// C0, DEL, C1, and what reorders or breaks lines on a terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: to be shown escaped
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A short, printable form of any value, in backticks. Never give it a secret. */
export function shown(value: unknown): string {
  return `\`${printable(text(value), SHOWN_CHARACTERS)}\``;
}

/** Text with control characters escaped and cut after `most` characters. */
export function printable(value: string, most: number): string {
  const cut = value.length > most ? `${value.slice(0, most)}…` : value;
  return cut.toWellFormed().replace(UNPRINTABLE, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `array of ${value.length}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : 'date';
  if (typeof value === 'object' && value !== null) return 'object';
  if (typeof value === 'function') return 'function';
  return Object.is(value, -0) ? '-0' : String(value);
}
