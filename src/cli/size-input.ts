// A size as people write it: `512`, `64KiB`, `1.5GB`, `100m`.

import { InvalidArgumentError } from 'commander';

const powers = ['', 'k', 'm', 'g', 't'];
const form = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i;

/** Bytes. `KB` is 1,000, `KiB` and a bare `K` are 1,024. */
export function sizeInput(text: string): number {
  const match = form.exec(text.trim());
  const [, digits = '', unit = '', binary = ''] = match ?? [];
  const isDecimal = binary === '' && /b$/i.test(text);
  const bytes = Number(digits) * (isDecimal ? 1_000 : 1_024) ** powers.indexOf(unit.toLowerCase());
  if (match !== null && bytes >= 1 && Number.isSafeInteger(Math.round(bytes))) {
    return Math.round(bytes);
  }
  throw new InvalidArgumentError('Expected a size such as 100MiB.');
}
