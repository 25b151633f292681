// The members of one JSON object, each as its source text: what stands inside is parsed by whoever
// knows its limits, and a payload stays as it was written.

import { endOfString, endOfValue, SPACE, skip } from './json-scan.ts';

const QUOTE = 0x22;
const CLOSE_OBJECT = 0x7d;

/**
 * Of a repeated member the last one counts, as for every parser.
 *
 * @param text of an object, known to be valid JSON
 * @throws SendoffError `json_too_deep`
 */
export function jsonMembers(text: string): Map<string, string> {
  const members = new Map<string, string>();
  // Behind the opening bracket, then behind each comma.
  for (let at = skip(SPACE, text, 0) + 1; at < text.length; at++) {
    const keyAt = skip(SPACE, text, at);
    if (text.charCodeAt(keyAt) !== QUOTE) break;
    const keyEnd = endOfString(text, keyAt);
    const colonAt = skip(SPACE, text, keyEnd);
    const start = skip(SPACE, text, colonAt + 1);
    const end = endOfValue(text, start, 1);
    members.set(JSON.parse(text.slice(keyAt, keyEnd)) as string, text.slice(start, end));
    at = skip(SPACE, text, end);
    if (text.charCodeAt(at) === CLOSE_OBJECT) break;
  }
  return members;
}
