// A server with publishable routes, one target behind them, and a page's way to call it.

import type { TestContext } from 'node:test';
import { checkConfig } from '../../src/config/check-config.ts';
import type { PublishableRoute } from '../../src/job/publishable-route.ts';
import type { ServeOptions } from '../../src/open.ts';
import { type Answer, type Call, call } from '../support/call.ts';
import { type Respond, startTarget, type TargetServer } from '../support/target-server.ts';
import { startServer, type TestServer } from './running-server.ts';

export const ORIGIN = 'https://shop.example';
export const KEY = 'pk_shop_12345678';

export interface Told {
  readonly status: number;
  readonly headers: Answer['headers'];
  readonly json: Record<string, unknown> & { readonly code?: string; readonly id?: string };
}

export interface PublishableServer extends TestServer {
  readonly target: TargetServer;
  /** As the page of the origin would, with the key. */
  ask(path: string, options?: Call): Promise<Told>;
  /** Replaces the routes, as a changed configuration does. */
  declare(routes: Readonly<Record<string, Partial<PublishableRoute>>>): void;
}

interface Setting {
  readonly routes: Readonly<Record<string, Partial<PublishableRoute>>>;
  readonly respond?: Respond;
  readonly options?: Partial<ServeOptions>;
}

export async function startPublishable(
  t: TestContext,
  { routes, respond = (response) => void response.end('thanks'), options }: Setting,
): Promise<PublishableServer> {
  const target = await startTarget(respond);
  t.after(() => target[Symbol.asyncDispose]());
  const whole = (part: Partial<PublishableRoute>): PublishableRoute => ({
    ...{ key: KEY, url: `${target.url}/order`, origins: [ORIGIN] },
    ...part,
  });
  const check = (list: Setting['routes']) =>
    checkConfig({
      routes: Object.fromEntries(Object.entries(list).map(([name, part]) => [name, whole(part)])),
    });
  let config = check(routes);
  const server = await startServer(t, { ...options, config: () => config });
  const ask = async (path: string, { headers, ...rest }: Call = {}): Promise<Told> => {
    const lines = { origin: ORIGIN, 'sendoff-publishable-key': KEY, ...headers };
    const given = Object.entries(lines).filter(([, value]) => value !== '');
    const url = path.startsWith('http') ? path : `${server.url}${path}`;
    const answer = await call(url, { ...rest, headers: Object.fromEntries(given) });
    const text = answer.body.toString();
    return {
      status: answer.status,
      headers: answer.headers,
      json: text === '' ? {} : (JSON.parse(text) as Told['json']),
    };
  };
  const declare = (list: Setting['routes']): void => {
    config = check(list);
  };
  return { ...server, target, ask, declare };
}
