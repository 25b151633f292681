// What commands write, while they write it. Each command under way keeps the last of its output, so
// that who comes late sees something; whoever follows hears every piece from then on. A reader that
// does not keep up loses pieces and sees it by their offsets: the command never waits for a reader.

import { limits } from '../../limits.ts';
import type { OutputPiece } from '../../sendoff.ts';

export type OutputListener = (piece: OutputPiece) => void;

/** Takes what one attempt writes. */
export type OutputSink = (stream: OutputPiece['stream'], bytes: Uint8Array) => void;

interface Channel {
  readonly listeners: Set<OutputListener>;
  /** The one that wrote last. */
  attempt: number;
  kept: OutputPiece[];
  keptBytes: number;
}

export class Outputs {
  readonly #channels = new Map<string, Channel>();

  /** An attempt begins to write. */
  begin(jobId: string, attempt: number): OutputSink {
    const channel = this.#channel(jobId);
    empty(channel, attempt);
    const offsets = { stdout: 0, stderr: 0 };
    return (stream, bytes) => {
      const piece = { stream, attempt, offset: offsets[stream], bytes };
      offsets[stream] += bytes.byteLength;
      keep(channel, piece);
      for (const listener of channel.listeners) listener(piece);
    };
  }

  /** The attempt is over and its answer is written; another may have begun since. */
  end(jobId: string, attempt: number): void {
    const channel = this.#channels.get(jobId);
    if (channel?.attempt !== attempt) return;
    empty(channel, attempt);
    channel.attempt = 0;
    if (channel.listeners.size === 0) this.#channels.delete(jobId);
  }

  /** First what is kept, then every piece as it comes. */
  follow(jobId: string, listener: OutputListener): () => void {
    const channel = this.#channel(jobId);
    for (const piece of channel.kept) listener(piece);
    channel.listeners.add(listener);
    return () => {
      channel.listeners.delete(listener);
      const isIdle = channel.listeners.size === 0 && channel.attempt === 0;
      if (isIdle && this.#channels.get(jobId) === channel) this.#channels.delete(jobId);
    };
  }

  #channel(jobId: string): Channel {
    let channel = this.#channels.get(jobId);
    if (!channel) {
      channel = { listeners: new Set(), attempt: 0, kept: [], keptBytes: 0 };
      this.#channels.set(jobId, channel);
    }
    return channel;
  }
}

function empty(channel: Channel, attempt: number): void {
  channel.attempt = attempt;
  channel.kept = [];
  channel.keptBytes = 0;
}

function keep(channel: Channel, piece: OutputPiece): void {
  // A piece of its own: what the system read may be a view into something larger.
  channel.kept.push({ ...piece, bytes: Uint8Array.from(piece.bytes) });
  channel.keptBytes += piece.bytes.byteLength;
  while (channel.keptBytes > limits.outputReplayBytes && channel.kept.length > 1) {
    channel.keptBytes -= channel.kept.shift()?.bytes.byteLength ?? 0;
  }
}
