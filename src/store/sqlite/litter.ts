// The pieces of a large body lie outside V8's heap and are freed only when it collects; yet a body
// of any size makes so few objects that it hardly ever does, and its pieces pile up to some hundred
// MiB. So whoever passes pieces on says how many bytes they were, and now and then the young memory
// is collected, which takes about a millisecond. Without `--expose-gc` (a host program's own
// process) nothing is done.

import { limits } from '../../limits.ts';

type Collect = (options: { readonly type: 'minor' }) => void;

export class Litter {
  #bytes = 0;

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < limits.litterBytes) return;
    this.#bytes = 0;
    (globalThis.gc as Collect | undefined)?.({ type: 'minor' });
  }
}
