// Finds where one HTTP/1.1 message ends, and no more than that: the load and the target share the
// cores with what they measure, so they must cost little. Bodies are framed by Content-Length;
// anything else is an error, so that a wrong count can never look like speed.

/** Calls `onMessage` for each whole message in what arrives, piece by piece. */
export function messageReader(
  onMessage: (bytes: Buffer, start: number, end: number) => void,
): (piece: Buffer) => void {
  let held: Buffer | undefined;
  return (piece) => {
    const bytes = held ? Buffer.concat([held, piece]) : piece;
    let start = 0;
    while (start < bytes.length) {
      const end = messageEnd(bytes, start);
      if (end === -1) break;
      onMessage(bytes, start, end);
      start = end;
    }
    // A copy: the reader's buffer is filled again by the next read.
    held = start < bytes.length ? Buffer.from(bytes.subarray(start)) : undefined;
  };
}

/** The end of the message that begins at `from`, or -1 while some of it has not come yet. */
function messageEnd(bytes: Buffer, from: number): number {
  const headEnd = bytes.indexOf('\r\n\r\n', from, 'latin1');
  if (headEnd === -1) return -1;
  const head = bytes.toString('latin1', from, headEnd);
  const length = /\ncontent-length: *(\d+)/i.exec(head);
  if (!length && /\ntransfer-encoding:/i.test(head)) {
    throw new Error(`Expected a message with Content-Length, got:\n${head}`);
  }
  const end = headEnd + 4 + Number(length?.[1] ?? 0);
  return end <= bytes.length ? end : -1;
}
