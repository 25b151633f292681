// Where a server is: `http(s)://host:port`, `unix:/path/to.sock` or `unix:///path/to.sock`.

import { SendoffError } from '../errors.ts';
import { shown } from '../job/shown.ts';

export interface Address {
  /** What requests are addressed to. */
  readonly origin: string;
  /** Set when the way there is a Unix socket. */
  readonly socketPath?: string;
  /** What messages call it. */
  readonly name: string;
}

/** @throws SendoffError `invalid_url` */
export function addressOf(url: string): Address {
  if (url.startsWith('unix:')) return socketAddress(url);
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) throw notAnAddress(url);
  if (parsed.username !== '' || parsed.password !== '') {
    const message = 'Give the token as `token` or SENDOFF_TOKEN, not inside the URL of the server';
    throw new SendoffError('url_credentials', message, { field: 'url' });
  }
  if (parsed.pathname !== '/' || parsed.search !== '') throw notAnAddress(url);
  return { origin: parsed.origin, name: parsed.origin };
}

function socketAddress(url: string): Address {
  const path = url.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (path === '' || path.startsWith('//')) throw notAnAddress(url);
  return { origin: 'http://localhost', socketPath: path, name: `unix:${path}` };
}

function notAnAddress(url: string): SendoffError {
  const expected = '`http://host:port`, `https://host:port` or `unix:/path/to.sock`';
  const message = `Expected the server's address to be ${expected}, got ${shown(url)}`;
  return new SendoffError('invalid_url', message, { field: 'url' });
}
