import assert from 'node:assert/strict';
import { SendoffError } from '../../src/index.ts';

/** Every refusal is a SendoffError with the same code in each home. */
export async function rejectsWith(
  code: string,
  promise: Promise<unknown>,
  cause?: unknown,
): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof SendoffError, String(error));
    assert.equal(error.code, code, error.message);
    if (cause !== undefined) assert.equal(error.cause, cause);
    return true;
  });
}
