// The URL of a target, checked for everything that is syntax; which addresses are allowed is
// decided where connections are made. The parser repairs what people did not mean (backslashes,
// lost slashes, tabs), so plain input is recognised by one expression, and what it does not
// recognise is looked at piece by piece.

import type { ErrorCode } from '../errors.ts';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isPortAllowed } from './port.ts';
import { shown } from './shown.ts';

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const NAME = `${LABEL}(?:\\.${LABEL})*\\.?`;
/** Scheme, host and port in lower case, then visible ASCII without backslash and fragment. */
const PLAIN = new RegExp(
  `^https?://(?:${NAME}|\\[[0-9a-f:.]+\\])(?::\\d+)?(?:[/?][\\x21\\x22\\x24-\\x5b\\x5d-\\x7e]*)?$`,
);
const HOST = new RegExp(`^(?:${NAME}|\\[[0-9a-f:.]+\\])$`);
const NAME_BYTES = 253;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the parser hides them
const CONTROL_OR_OUTER_SPACE = /[\u0000-\u001f\u007f]|^\s|\s$/;
/** `localhost:3000` has no scheme, whatever the parser thinks. */
const OTHER_SCHEME = /^([a-z][a-z0-9+.-]*):(?!\d)/i;
const AUTHORITY = /^[a-z]+:\/\/([^/?#]*)/i;

/**
 * A canonical absolute URL, http or https, without credentials or fragment.
 *
 * @throws SendoffError `invalid_url`, `ambiguous_url`, `url_credentials`, `url_too_long`,
 *   `invalid_host`, `invalid_port`, `scheme_not_allowed`
 */
export function checkUrl(raw: unknown): URL {
  const text = raw instanceof URL ? raw.href : raw;
  if (typeof text !== 'string') {
    throw refusal('invalid_url', `Expected \`url\` to be text, got ${shown(raw)}`);
  }
  if (text.length > limits.urlBytes) throw tooLong();
  const url = PLAIN.test(text) ? parse(text) : parseUnusual(text);
  if (url.href.length > limits.urlBytes) throw tooLong();
  checkHost(url.hostname);
  if (url.port !== '' && !isPortAllowed(Number(url.port))) throw portRefusal(url.port);
  return url;
}

/** The queue of a job that names none. */
export function defaultQueue(url: URL): string {
  return url.origin;
}

function parseUnusual(text: string): URL {
  if (CONTROL_OR_OUTER_SPACE.test(text) || !text.isWellFormed()) {
    throw refusal('invalid_url', 'Expected `url` without control characters and outer spaces');
  }
  checkScheme(text);
  if (/^[^?#]*\\/.test(text)) {
    throw refusal(
      'ambiguous_url',
      'Expected `url` without backslashes; write `/`, or `%5C` if meant',
    );
  }
  const authority = AUTHORITY.exec(text)?.[1];
  if (!authority) {
    throw refusal('ambiguous_url', 'Expected `url` to have a host after exactly two slashes');
  }
  if (authority.includes('@')) {
    const instead = 'put them into an `authorization` header';
    throw refusal(
      'url_credentials',
      `Expected \`url\` without a user name or password; ${instead}`,
    );
  }
  if (authority.toLowerCase() === 'unix:') {
    throw refusal('scheme_not_allowed', 'Expected `url` to name a host, got a Unix socket');
  }
  if (authority.endsWith(':')) throw portRefusal('');
  if (text.includes('#')) {
    throw refusal(
      'ambiguous_url',
      'Expected `url` without a fragment: what follows `#` is never sent',
    );
  }
  return parse(text);
}

function checkScheme(text: string): void {
  if (/^https?:/i.test(text)) return;
  const scheme = OTHER_SCHEME.exec(text)?.[1];
  const code = scheme === undefined ? 'invalid_url' : 'scheme_not_allowed';
  // No more than this is shown: the rest may hold a password or a token.
  const start = scheme === undefined ? text.replace(/[?#@].*$/s, '…') : `${scheme}:`;
  throw refusal(code, `Expected \`url\` to begin with http:// or https://, got ${shown(start)}`);
}

function parse(text: string): URL {
  const url = URL.parse(text);
  if (url !== null) return url;
  // The parser does not say what it disliked.
  const authority = (AUTHORITY.exec(text)?.[1] ?? '').toLowerCase();
  const port = /^(?:\[[^\]]*\]|[^:[]*):(.*)$/.exec(authority)?.[1];
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) < 65_536)) {
    throw portRefusal(port);
  }
  const isOddHost = authority.startsWith('[') || /(?:^|\.)xn--/.test(authority);
  const what = `Expected \`url\` to have a valid host, got ${shown(authority)}`;
  throw refusal(isOddHost ? 'invalid_host' : 'invalid_url', what);
}

function checkHost(host: string): void {
  const length = host.endsWith('.') ? host.length - 1 : host.length;
  if (length <= NAME_BYTES && HOST.test(host)) return;
  const wanted = `labels of 1 to 63 letters, digits and hyphens, ${NAME_BYTES} characters in all`;
  throw refusal('invalid_host', `Expected the host of \`url\` to be ${wanted}, got ${shown(host)}`);
}

function portRefusal(port: string): SendoffError {
  const wanted = '80, 443, or 1024 and above without ports of other protocols';
  return refusal(
    'invalid_port',
    `Expected the port of \`url\` to be ${wanted}, got ${shown(port)}`,
  );
}

function tooLong(): SendoffError {
  return refusal('url_too_long', `Expected \`url\` to be at most ${limits.urlBytes} bytes`);
}

function refusal(code: ErrorCode, message: string): SendoffError {
  return new SendoffError(code, message, { field: 'url' });
}
