// One keep-alive connection of the load: raw bytes out, whole answers in, one request at a time.

import { connect } from 'node:net';
import { messageReader } from './framing.ts';

const READ_BYTES = 65_536;

export interface Connection {
  send(bytes: Buffer): void;
  end(): void;
}

export interface ConnectionOptions {
  readonly port: number;
  readonly onAnswer: (status: number) => void;
  readonly onError: (error: Error) => void;
}

export function openConnection({
  port,
  onAnswer,
  onError,
}: ConnectionOptions): Promise<Connection> {
  const read = messageReader((bytes, start) => onAnswer(statusAt(bytes, start)));
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(READ_BYTES),
        callback: (length, buffer) => {
          read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject).on('error', onError);
      resolve({ send: (bytes) => void socket.write(bytes), end: () => void socket.destroy() });
    });
    socket.once('end', () => onError(new Error(`Port ${port} closed a connection under load`)));
  });
}

/** `HTTP/1.1 202 …` */
function statusAt(bytes: Buffer, start: number): number {
  const digit = (at: number): number => (bytes[start + at] ?? 0) - 48;
  return digit(9) * 100 + digit(10) * 10 + digit(11);
}
