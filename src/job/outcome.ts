// What came back from one attempt, before anybody has judged it.

import type { Response } from './job.ts';

export type Outcome =
  /**
   * A status line and headers came, or a command ended. What the body lacks is flagged in the
   * response.
   */
  | {
      readonly kind: 'response';
      readonly response: Response;
      readonly detail?: string;
      /** Why a command was ended by us, or what cut the body of an answer off. */
      readonly error?: string;
    }
  /** No answer. */
  | {
      readonly kind: 'error';
      /** Stable code: see `docs/results.md`. */
      readonly error: string;
      readonly detail: string;
      /** At least one byte of the request was handed to the network. */
      readonly isSent: boolean;
      /** No later try can help: the address is not allowed, the body is gone. */
      readonly isFinal?: boolean;
    };
