// Cuts a stream of bytes into lines. A line over the limit is dropped while it passes, and told as
// such.

export interface Line {
  /** Counted from 1; empty lines count but are not given. */
  readonly number: number;
  /** Without its line end; undefined if it was over the limit. */
  readonly bytes: Buffer | undefined;
}

const LINE_FEED = 10;

export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  limitBytes: number,
): AsyncGenerator<Line, void, undefined> {
  let number = 0;
  let begun: Buffer[] = [];
  let begunBytes = 0;
  const keep = (piece: Buffer): void => {
    begunBytes += piece.length;
    if (begunBytes > limitBytes) begun = [];
    else if (piece.length > 0) begun.push(piece);
  };
  const take = (): Line => {
    const bytes = begunBytes > limitBytes ? undefined : joined(begun);
    begun = [];
    begunBytes = 0;
    number += 1;
    return { number, bytes };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      keep(chunk.subarray(start, end));
      const line = take();
      if (!isBlank(line)) yield line;
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }
  const last = take();
  if (!isBlank(last)) yield last;
}

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}

function isBlank({ bytes }: Line): boolean | undefined {
  return bytes?.every((byte) => byte === 32 || byte === 13 || byte === 9);
}
