// One run of a command: its input streamed in, its output kept and told as it comes, and all of its
// processes ended, whatever way it goes. Nothing outlives it: what it left in the background is
// ended when it has ended itself.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import type { Clock } from '../../clock.ts';
import type { CommandTarget, Exit } from '../../job/job.ts';
import type { Outcome } from '../../job/outcome.ts';
import { limits } from '../../limits.ts';
import type { Attempt, AttemptBody, OutputStream } from '../deliverer.ts';
import { type KeptBody, ResponseBody } from '../response-body.ts';
import type { Launch } from './launch.ts';
import { endTree, type ProcessTree, rootedTree } from './process-tree.ts';
import { launchFailure, type SpawnFailure, spawnFailure } from './spawn-failure.ts';
import { Tail } from './tail.ts';

export interface RunOptions {
  readonly attempt: Attempt<CommandTarget>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly launch: Launch;
  /** Words between the launcher and the program. */
  readonly prefix: readonly string[];
  readonly tree: ProcessTree;
  readonly outputBytes: number;
  /** Something of it is still alive although it was killed. */
  readonly onSurvivors: () => void;
}

type Cut = 'timeout' | 'aborted' | 'body_lost';
type Child = ReturnType<typeof start>['nodeChildProcess'];

export async function run(options: RunOptions): Promise<Outcome> {
  const { attempt, tree } = options;
  const started = start(options);
  const child = started.nodeChildProcess;
  if (child.pid === undefined) {
    const { code } = await started;
    tree.remove();
    return notBegun(spawnFailure(code));
  }
  return new Run(options, child).outcome(attempt);
}

function start({ attempt, launch, prefix, tree }: RunOptions) {
  const words = [...tree.launcher, ...prefix, launch.program, ...launch.args];
  const [file = '', ...args] = words;
  return execa(file, args, {
    cwd: launch.folder,
    env: launch.env,
    extendEnv: false,
    // Its own process group: a signal to ours, such as Ctrl-C, is not meant for it.
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stdin: attempt.body.kind === 'none' ? 'ignore' : 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    encoding: 'buffer',
  });
}

class Run {
  readonly #options: RunOptions;
  readonly #child: Child;
  readonly #tree: ProcessTree;
  readonly #stderr = new Tail(limits.stderrBytes);
  readonly #body: ResponseBody;
  readonly #closed: Promise<unknown>;
  #cut: Cut | undefined;
  #ending: Promise<boolean> | undefined;
  #isInputRefused = false;

  constructor(options: RunOptions, child: Child) {
    this.#options = options;
    this.#child = child;
    this.#tree = rootedTree(options.tree, child);
    const { outputBytes: bodyBytes, attempt } = options;
    const inlineBytes = Math.min(limits.inlineBodyBytes, bodyBytes);
    const resume = (): void => void child.stdout?.resume();
    this.#body = new ResponseBody({ inlineBytes, bodyBytes }, attempt.spill, resume);
    this.#closed = new Promise((resolve) => child.once('close', resolve));
  }

  async outcome({ body, timeoutMs }: Attempt): Promise<Outcome> {
    const { clock, signal } = this.#options;
    const stopTimer = clock.after(timeoutMs, () => this.#end('timeout'));
    const onAbort = (): void => this.#end('aborted');
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    this.#listen();
    const fed = this.#feed(body);
    const exit = await this.#exit();
    stopTimer();
    signal.removeEventListener('abort', onAbort);
    await this.#endAll();
    await this.#drain();
    await fed;
    return this.#outcomeOf(exit);
  }

  #listen(): void {
    const { stdout, stderr } = this.#child;
    const { onOutput = () => {} } = this.#options.attempt;
    const tell = (stream: OutputStream, bytes: Uint8Array): void => onOutput(stream, bytes);
    stdout?.on('data', (chunk: Buffer) => {
      tell('stdout', chunk);
      // What is beyond the limit is read and dropped, so that the command does not stand still.
      if (this.#body.take(chunk) === 'pause') stdout.pause();
    });
    stderr?.on('data', (chunk: Buffer) => {
      tell('stderr', chunk);
      this.#stderr.push(chunk);
    });
  }

  async #feed(body: AttemptBody): Promise<void> {
    const { stdin } = this.#child;
    if (stdin === null || body.kind === 'none') return;
    const source = body.kind === 'bytes' ? [body.bytes] : this.#watched(body.read());
    try {
      await pipeline(Readable.from(source, { objectMode: false }), stdin);
    } catch {
      // Unless it was lost: the command has closed its input, or has ended, and what it did not
      // read is its own business.
      this.#isInputRefused = true;
    }
  }

  /** To the command an input that breaks off looks like its end. */
  async *#watched(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const source = pieces[Symbol.asyncIterator]();
    const lost = (error: unknown): never => {
      this.#end('body_lost');
      throw error;
    };
    try {
      // What is thrown at `yield` comes from the other side, which wants no more.
      for (;;) {
        const { done, value } = await source.next().catch(lost);
        if (done) return;
        yield value;
      }
    } finally {
      await source.return?.();
    }
  }

  #exit(): Promise<Pick<Exit, 'code' | 'signal'>> {
    return new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  /** From outside, before it has ended by itself. */
  #end(cut: Cut): void {
    this.#cut ??= cut;
    void this.#endAll();
  }

  async #endAll(): Promise<void> {
    const { clock, onSurvivors } = this.#options;
    this.#ending ??= endTree(this.#tree, { clock, graceMs: limits.commandGraceMs });
    if (!(await this.#ending)) onSurvivors();
  }

  /** Its pipes close when the last who holds them is gone; a survivor must not hold us up. */
  async #drain(): Promise<void> {
    const { clock } = this.#options;
    const { stdin, stdout, stderr } = this.#child;
    const look = (): void => {
      // While we pause it to write down what came, the delay is ours.
      if (stdout?.isPaused()) stop = clock.after(limits.commandGraceMs, look);
      else {
        stdout?.destroy();
        stderr?.destroy();
      }
    };
    let stop = clock.after(limits.commandGraceMs, look);
    stdin?.destroy();
    await this.#closed;
    stop();
  }

  async #outcomeOf(end: Pick<Exit, 'code' | 'signal'>): Promise<Outcome> {
    const exit: Exit = { ...end, stderr: this.#stderr.text() };
    const cut = this.#cut;
    const failure = cut === undefined ? launchFailure(exit) : undefined;
    if (cut === 'aborted' || cut === 'body_lost' || failure !== undefined) {
      this.#body.discard();
      return failure === undefined ? wasCut(cut as Cut) : notBegun(failure);
    }
    const kept = await this.#body.keep();
    return respond(exit, kept, {
      isLate: cut === 'timeout',
      timeoutMs: this.#options.attempt.timeoutMs,
      isInputRefused: this.#isInputRefused,
    });
  }
}

function respond(
  exit: Exit,
  { problem, ...body }: KeptBody,
  how: {
    readonly isLate: boolean;
    readonly timeoutMs: number;
    readonly isInputRefused: boolean;
  },
): Outcome {
  const isGood = exit.code === 0 && !how.isLate;
  const response = {
    status: isGood ? 200 : 500,
    headers: [['content-type', 'application/octet-stream'] as const, ...exitLines(exit)],
    ...body,
    isIncomplete: how.isLate,
    exit,
  };
  if (how.isLate) {
    const detail = `The command took longer than ${how.timeoutMs} ms and was ended`;
    return { kind: 'response', response, error: 'timeout', detail };
  }
  const notes = [
    problem === undefined ? '' : 'The output could not be kept.',
    how.isInputRefused && isGood ? 'stdin_closed: it did not read all of its input.' : '',
  ].filter((note) => note !== '');
  return { kind: 'response', response, ...(notes.length > 0 && { detail: notes.join(' ') }) };
}

function exitLines({ code, signal }: Exit): [name: string, value: string][] {
  if (code !== null) return [['sendoff-exit-code', String(code)]];
  return signal === null ? [] : [['sendoff-signal', signal]];
}

function wasCut(cut: Cut): Outcome {
  if (cut === 'body_lost') {
    const detail = 'The kept input could not be read';
    return { kind: 'error', error: cut, detail, isSent: true, isFinal: true };
  }
  return { kind: 'error', error: 'aborted', detail: 'The command was ended', isSent: true };
}

function notBegun({ error, detail, isFinal }: SpawnFailure): Outcome {
  return { kind: 'error', error, detail, isSent: false, isFinal };
}
