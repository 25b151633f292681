// The target of a pass-through, read from the raw request target: URL parsers would fold `/../` and
// join what belongs together. `url` is the only parameter. Another one nearly always is the rest of
// a URL that was not percent-encoded, and dropping it would call something else than was meant.

import { SendoffError } from '../errors.ts';
import { shown } from '../job/shown.ts';

/** The value of `url`, percent-decoded once; `+` stays itself. */
export function targetUrl(query: string): string {
  let url: string | undefined;
  for (const parameter of query.split('&')) {
    if (parameter === '') continue;
    const equals = parameter.indexOf('=');
    const name = equals === -1 ? parameter : parameter.slice(0, equals);
    if (name !== 'url') throw unknown(name);
    if (url !== undefined) throw invalid('Expected `url` once: percent-encode the url');
    url = decode(equals === -1 ? '' : parameter.slice(equals + 1));
  }
  if (url === undefined || url === '')
    throw invalid('Expected `url`, the target: /v1/to?url=https://…');
  return url;
}

function decode(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    throw invalid('Expected `url` to be percent-encoded UTF-8');
  }
}

function unknown(name: string): SendoffError {
  const got = `got the parameter ${shown(name)} too`;
  const detail = `Expected \`url\` alone, ${got}: percent-encode the url`;
  return new SendoffError('unknown_parameter', detail, { field: shown(name).slice(1, -1) });
}

function invalid(detail: string): SendoffError {
  return new SendoffError('invalid_url', detail, { field: 'url' });
}
