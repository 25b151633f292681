// A request whose body carries a number, prebuilt as bytes: sending one more means writing ten
// digits into it. The target reads the number back, so that a lost or doubled request is seen.

const PLACE = '0000000000';

export interface RequestShape {
  /** Request target, with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Must contain ten zeros where the number goes, for the target within its first bytes. */
  readonly body: string;
}

/** Ten zeros and padding up to `bytes`. */
export function numberedBody(bytes: number): string {
  return PLACE.padEnd(bytes, 'x');
}

export interface NumberedRequest {
  readonly bytes: Buffer;
  readonly numberAt: number;
}

export function buildRequest({ path, headers, body }: RequestShape, port: number): NumberedRequest {
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
  const place = body.indexOf(PLACE);
  if (place === -1) throw new Error(`Expected \`body\` to contain ${PLACE}, got ${body}`);
  return { bytes: Buffer.from(head + body), numberAt: Buffer.byteLength(head) + place };
}

export function writeNumber({ bytes, numberAt }: NumberedRequest, number: number): void {
  let rest = number;
  for (let at = numberAt + PLACE.length - 1; at >= numberAt; at--) {
    bytes[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** The number in the body of the message at `start`. */
export function readNumber(bytes: Buffer, start: number): number {
  const at = bytes.indexOf('\r\n\r\n', start, 'latin1') + 4;
  let number = 0;
  for (let digit = 0; digit < PLACE.length; digit++) {
    number = number * 10 + ((bytes[at + digit] ?? 0) - 48);
  }
  return number;
}
