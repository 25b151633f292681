// Reads Server-Sent Events, as far as sendoff sends them: `id`, `data`, `retry`, comments as
// heartbeats. https://html.spec.whatwg.org/multipage/server-sent-events.html

import { SendoffError } from '../errors.ts';

export interface StreamEvent {
  /** The last id seen on the stream. */
  readonly id: string;
  readonly data: string;
  /** @default 'message' */
  readonly type: string;
  /** How long the server wants a reader to wait before it comes back, milliseconds. */
  readonly retryMs?: number;
}

const MOST_EVENT_CHARACTERS = 1_048_576;

export async function* readEventStream(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamEvent> {
  let id = '';
  let retryMs: number | undefined;
  let data: string[] = [];
  let type = 'message';
  for await (const line of lines(body)) {
    if (line === '') {
      // An event without data is only a message to the reader itself, such as `retry`.
      if (data.length > 0 || retryMs !== undefined) {
        yield { id, type, data: data.join('\n'), ...(retryMs === undefined ? {} : { retryMs }) };
      }
      data = [];
      type = 'message';
      retryMs = undefined;
      continue;
    }
    const [name, value] = field(line);
    if (name === 'data') data.push(value);
    else if (name === 'id') id = value;
    else if (name === 'event') type = value;
    else if (name === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
  }
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of body) {
    rest += decoder.decode(piece, { stream: true });
    const complete = rest.split('\n');
    rest = complete.pop()!;
    for (const line of complete) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    if (rest.length > MOST_EVENT_CHARACTERS) {
      throw new SendoffError('internal', 'The event stream has a line without end');
    }
  }
}

/** A comment has an empty name. */
function field(line: string): [name: string, value: string] {
  const colonAt = line.indexOf(':');
  if (colonAt === -1) return [line, ''];
  const value = line.slice(colonAt + 1);
  return [line.slice(0, colonAt), value.startsWith(' ') ? value.slice(1) : value];
}
