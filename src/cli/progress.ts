// A progress bar on stderr, only where a person looks on.

export interface Progress {
  /** Passes bytes on and moves the bar by their number. */
  counting(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  show(text: string): void;
  end(text: string): void;
}

const STEPS = 1_000;
/** The bar and the counts beside it. */
const LEAST_COLUMNS = 72;

/** `totalBytes` undefined: nobody wants a bar, or nobody knows how long it would be. */
export async function openProgress(totalBytes: number | undefined): Promise<Progress> {
  const isWatched = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  const hasRoom = (process.stderr.columns ?? 0) >= LEAST_COLUMNS;
  if (totalBytes === undefined || !isWatched || !hasRoom) return silent;
  const { progress } = await import('@clack/prompts');
  const bar = progress({ max: STEPS, output: process.stderr });
  bar.start('handing over');
  let read = 0;
  let shown = 0;
  let text = '';
  return {
    async *counting(bytes) {
      for await (const piece of bytes) {
        read += piece.length;
        const step = Math.floor((read / totalBytes) * STEPS) - shown;
        if (step > 0) bar.advance(step, text);
        shown += Math.max(0, step);
        yield piece;
      }
    },
    show(newText) {
      text = newText;
    },
    end(lastText) {
      bar.stop(lastText);
    },
  };
}

const silent: Progress = {
  counting: (bytes) => bytes,
  show: () => {},
  end: () => {},
};
