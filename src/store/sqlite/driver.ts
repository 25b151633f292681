// The only file that knows `node:sqlite`. Rows come as arrays. Closing a database finalizes its
// statements; one left alive would keep the WAL from being folded in.

import { DatabaseSync } from 'node:sqlite';

export type Value = null | number | string | Uint8Array;
export type Row = readonly Value[];

export interface Statement {
  /** Rows changed. */
  run(...values: readonly Value[]): number;
  get<T extends Row>(...values: readonly Value[]): T | undefined;
  all<T extends Row>(...values: readonly Value[]): T[];
}

export interface DatabaseOptions {
  readonly isReadOnly?: boolean;
  /** How long another program's lock is waited for. */
  readonly busyMs?: number;
}

/**
 * An open database. `location` is an absolute path, or a `file:` URL with SQLite's own parameters.
 */
export class Database {
  readonly #database: DatabaseSync;

  constructor(location: string, options: DatabaseOptions = {}) {
    this.#database = new DatabaseSync(location, {
      readOnly: options.isReadOnly ?? false,
      timeout: options.busyMs ?? 0,
      returnArrays: true,
      enableForeignKeyConstraints: false,
    });
  }

  get isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  prepare(sql: string): Statement {
    const statement = this.#database.prepare(sql);
    return {
      run: (...values) => Number(statement.run(...values).changes),
      get: <T extends Row>(...values: readonly Value[]) =>
        statement.get(...values) as unknown as T | undefined,
      all: <T extends Row>(...values: readonly Value[]) =>
        statement.all(...values) as unknown as T[],
    };
  }

  /** For a question asked once. */
  ask<T extends Row>(sql: string, ...values: readonly Value[]): T | undefined {
    return this.#database.prepare(sql).get(...values) as unknown as T | undefined;
  }

  /** All or nothing; used outside group commits. */
  transact<T>(work: () => T): T {
    this.exec('begin immediate');
    try {
      const result = work();
      this.exec('commit');
      return result;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** SQLite may have rolled back by itself already, for example when the disk is full. */
  rollback(): void {
    if (this.isInTransaction) this.exec('rollback');
  }

  close(): void {
    this.#database.close();
  }
}
