// What every store promises, as tests. A store passes them all or is none.

import { describe } from 'node:test';
import { appendClaims } from './append.ts';
import { bodyClaims } from './body.ts';
import { bulkClaims } from './bulk.ts';
import { causeClaims } from './cause.ts';
import { claimClaims } from './claim.ts';
import { commitClaims } from './commit.ts';
import { dueClaims } from './due.ts';
import { findClaims } from './find.ts';
import { groupClaims } from './group.ts';
import { listClaims } from './list.ts';
import { lookupClaims } from './lookup.ts';
import { orderClaims } from './order.ts';
import { parkClaims } from './park.ts';
import { pastClaims } from './past.ts';
import { pruneClaims } from './prune.ts';
import { reopenClaims } from './reopen.ts';
import { rescueClaims } from './rescue.ts';
import { resendClaims } from './resend.ts';
import type { OpenStore } from './sample.ts';
import { settleClaims } from './settle.ts';

/**
 * Runs the suite. `open` gives a fresh, empty store that has not been rescued yet; `reopen` goes on
 * with the one opened last.
 */
export function storeContract(name: string, open: OpenStore): void {
  describe(`${name} keeps the store contract`, { concurrency: 4 }, () => {
    describe('append', () => appendClaims(open));
    describe('group', () => groupClaims(open));
    describe('claim', () => claimClaims(open));
    describe('order', () => orderClaims(open));
    describe('past', () => pastClaims(open));
    describe('due and expired', () => dueClaims(open));
    describe('settle', () => settleClaims(open));
    describe('park and cancel', () => parkClaims(open));
    describe('reopen', () => reopenClaims(open));
    describe('rescue', () => rescueClaims(open));
    describe('body', () => bodyClaims(open));
    describe('lookup', () => lookupClaims(open));
    describe('list', () => listClaims(open));
    describe('find', () => findClaims(open));
    describe('resend', () => resendClaims(open));
    describe('bulk', () => bulkClaims(open));
    describe('cause', () => causeClaims(open));
    describe('prune', () => pruneClaims(open));
    describe('commit', () => commitClaims(open));
  });
}
