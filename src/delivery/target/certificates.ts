// For tests: certificates made on the spot by the openssl program.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Self-signed for `name`; undefined where openssl is missing, unless nothing may be skipped. */
export function makeCertificate(
  name: string,
  options: { isExpired?: boolean } = {},
): Certificate | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sendoff-certificate-'));
  const openssl = (line: string): void => {
    execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'pipe' });
  };
  const days = options.isExpired ? -1 : 2;
  try {
    openssl(
      `req -newkey rsa:2048 -nodes -keyout key -out request -subj /CN=${name} ` +
        `-addext subjectAltName=DNS:${name}`,
    );
    openssl(`x509 -req -in request -signkey key -out cert -days ${days} -copy_extensions copy`);
    return {
      key: readFileSync(join(folder, 'key'), 'utf8'),
      cert: readFileSync(join(folder, 'cert'), 'utf8'),
    };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing && process.env.SENDOFF_TEST_ALL !== '1') return undefined;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
