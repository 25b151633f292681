// A group as JSON: its requests under names or as a list, each a job as every door takes it, and
// options that hold for all of them.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { inRequest, withDefaults } from './default-options.ts';
import { DELIVERY_FIELDS } from './delivery-fields.ts';
import { checkJoin, type Join } from './group.ts';
import { checkId } from './id.ts';
import { type JobDocument, parse, parseJobDocument, parseJobDocuments, textOf } from './json.ts';
import { jsonMembers } from './json-members.ts';
import { checkFields, isPlainObject } from './known-field.ts';
import { shown } from './shown.ts';
import { checkName } from './text.ts';

export interface GroupDocument {
  readonly id?: string;
  readonly join: Join;
  readonly isList: boolean;
  /** In the order of the requests; a list counts from 0. */
  readonly requests: readonly { readonly key: string | number; readonly job: JobDocument }[];
}

const ownFields = ['id', 'join', 'requests'];
const defaultFields = DELIVERY_FIELDS.filter((name) => name !== 'id' && name !== 'key');
const known: ReadonlySet<string> = new Set([...ownFields, ...defaultFields]);

/**
 * @throws SendoffError as `parseJobDocument` for each request, with `field`; `batch_too_large`,
 *   `unknown_field`, `invalid_id`, `invalid_field`
 */
export function parseGroupDocument(source: string | Uint8Array): GroupDocument {
  const text = textOf(source);
  const value = parse(text);
  if (!isPlainObject(value)) {
    const message = `Expected a group to be a JSON object, got ${shown(value)}`;
    throw new SendoffError('invalid_json_type', message);
  }
  const { id, join, requests, ...defaults } = checkFields(value, known, '');
  const isList = Array.isArray(requests);
  const written = jsonMembers(text).get('requests') ?? '';
  const documents = isList ? listed(written) : named(written, requests);
  return {
    ...(id !== undefined && { id: checkId(id) }),
    join: checkJoin(join),
    isList,
    requests: documents.map(({ key, job }) => {
      return { key, job: { ...job, fields: withDefaults(defaults, job.fields) } };
    }),
  };
}

function listed(text: string): GroupDocument['requests'] {
  return parseJobDocuments(text).documents.map((job, key) => ({ key, job }));
}

function named(text: string, value: unknown): GroupDocument['requests'] {
  if (!isPlainObject(value)) {
    const message = `Expected \`requests\` to be an object or an array, got ${shown(value)}`;
    throw new SendoffError('invalid_field', message, { field: 'requests' });
  }
  const names = Object.keys(value);
  if (names.length === 0) {
    throw new SendoffError('invalid_field', 'Expected `requests` to have one or more, got none', {
      field: 'requests',
    });
  }
  if (names.length > limits.groupRequests) {
    const message = `Expected at most ${limits.groupRequests} requests, got ${names.length}`;
    throw new SendoffError('batch_too_large', message, { field: 'requests' });
  }
  const sources = jsonMembers(text);
  return names.map((name) => {
    const key = checkName(name, 'requests');
    try {
      return { key, job: parseJobDocument(sources.get(name) ?? '') };
    } catch (error) {
      throw inRequest(error, key);
    }
  });
}
