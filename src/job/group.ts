// What a group is beside its jobs: how their outcomes are joined, and what makes two groups the
// same.

import { hash } from 'node:crypto';
import { SendoffError } from '../errors.ts';
import { shown } from './shown.ts';

/** `all`: joined when every job is settled, whatever became of it. */
export type Join = 'all';

const JOINS: readonly Join[] = ['all'];

/** The immutable part of a group; stored as one JSON text. */
export interface GroupSpec {
  readonly join: Join;
  /** The requests were a list; absent: a record. */
  readonly isList?: true;
}

/** @throws SendoffError `invalid_field` */
export function checkJoin(value: unknown): Join {
  const join = JOINS.find((known) => known === (value ?? 'all'));
  if (join !== undefined) return join;
  const known = JOINS.map((name) => `\`${name}\``).join(', ');
  const message = `Expected \`join\` to be ${known}, got ${shown(value)}`;
  throw new SendoffError('invalid_field', message, { field: 'join' });
}

/** SHA-256 of the spec, and of each key with the hash of its content. */
export function groupHash(
  spec: string,
  members: readonly { readonly key: string; readonly hash: Uint8Array }[],
): Uint8Array {
  const keys = JSON.stringify([spec, ...members.map(({ key }) => key)]);
  const hashes = members.map((member) => member.hash);
  return hash('sha256', Buffer.concat([Buffer.from(keys), ...hashes]), 'buffer');
}
