// Whether a stored job has the content of a new one. Jobs that nobody named carry no hash; theirs
// is computed when it is asked for, which is rare: somebody sends an id that we made.

import { bodyHasher, contentHash } from '../../job/content.ts';
import type { Spec } from '../../job/job.ts';
import type { Database } from './driver.ts';

type ContentRow = readonly [spec: string, body: Uint8Array | null, bodyId: number | null];

export function sameContent(
  database: Database,
): (seq: number, stored: Uint8Array | null, hash: Uint8Array) => boolean {
  const select = database.prepare('select spec, body, bodyId from job where seq = ?');
  const bodyHash = storedBodyHasher(database);

  const computed = (seq: number): Uint8Array => {
    const [spec, body, bodyId] = select.get<ContentRow>(seq)!;
    const { target, route } = JSON.parse(spec) as Spec;
    if (bodyId === null) return contentHash({ target, route, body });
    return contentHash({ target, route, body: null, bodyHash: bodyHash(bodyId) });
  };
  return (seq, stored, hash) => Buffer.compare(stored ?? computed(seq), hash) === 0;
}

/** SHA-256 of a body in chunks. */
function storedBodyHasher(database: Database): (bodyId: number) => Uint8Array {
  const select = database.prepare('select data from chunk where bodyId = ? and part = ?');
  return (bodyId) => {
    const hasher = bodyHasher();
    for (let part = 0; ; part++) {
      const row = select.get<[Uint8Array]>(bodyId, part);
      if (row === undefined) return hasher.digest();
      hasher.update(row[0]);
    }
  };
}
