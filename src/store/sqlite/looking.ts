// The part of the store's face that only looks: questions to the reader thread, as they come.

import type { AttemptRecord, Response } from '../../job/job.ts';
import type { FoundPast, Past } from '../past.ts';
import type * as contract from '../store.ts';
import type { Questions } from './questions.ts';

export class Looking {
  readonly #questions: Questions;

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  get(ids: readonly string[]): Promise<readonly (contract.JobRow | undefined)[]> {
    return this.#questions.ask('get', ids);
  }

  group(id: string): Promise<contract.GroupRow | undefined> {
    return this.#questions.ask('group', id);
  }

  attempts(seq: number): Promise<readonly AttemptRecord[]> {
    return this.#questions.ask('attempts', seq);
  }

  response(seq: number): Promise<Response | null> {
    return this.#questions.ask('response', seq);
  }

  list(query: contract.ListQuery): Promise<contract.ListPage> {
    return this.#questions.ask('list', query);
  }

  causes(query: contract.CauseQuery): Promise<contract.CausePage> {
    return this.#questions.ask('causes', query);
  }

  find(look: contract.Find): Promise<contract.Found> {
    return this.#questions.ask('find', look);
  }

  count(look: Pick<contract.Find, 'filter' | 'belowSeq'>): Promise<contract.Counted> {
    return this.#questions.ask('count', look);
  }

  bulk(id: string): Promise<contract.BulkRow | undefined> {
    return this.#questions.ask('bulk', id);
  }

  bulks(query: contract.BulkQuery): Promise<readonly contract.BulkRow[]> {
    return this.#questions.ask('bulks', query);
  }

  settings(
    after?: Pick<contract.SettingRow, 'kind' | 'name'>,
  ): Promise<readonly contract.SettingRow[]> {
    return this.#questions.ask('settings', after);
  }

  waiting(): Promise<readonly (readonly [queue: string, jobs: number])[]> {
    return this.#questions.ask('waiting');
  }

  ahead(of: contract.Ahead): Promise<readonly number[]> {
    return this.#questions.ask('ahead', of);
  }

  queueNames(page: { after: string; limit: number }): Promise<readonly string[]> {
    return this.#questions.ask('queueNames', page);
  }

  hasQueue(name: string): Promise<boolean> {
    return this.#questions.ask('hasQueue', name);
  }

  past(look: Past): Promise<FoundPast> {
    return this.#questions.ask('past', look);
  }
}
