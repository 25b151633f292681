// Where things stay until the server has them: IndexedDB, which outlives the page, the tab and the
// browser. What is new asks for strict durability, because the promise of `send` rests on it; a
// change that is lost is only made again. Where there is no IndexedDB (some private windows),
// memory does the same for as long as the page lives, and says so by `isKept`.

import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Item } from './progress.ts';

export interface Keep {
  /** What is put here survives the page. */
  readonly isKept: boolean;
  /** Resolves when it is on disk. */
  add(item: Item): Promise<unknown>;
  /** Resolves when it is written. */
  put(item: Item): Promise<unknown>;
  get(id: string): Promise<Item | undefined>;
  /** Those whose turn comes first. */
  next(phase: number, most: number): Promise<Item[]>;
  count(phase: number): Promise<number>;
  list(): Promise<Item[]>;
  /** Forgets what ended and was sent before this instant. */
  forget(before: number): Promise<void>;
  close(): void;
}

interface Schema extends DBSchema {
  items: { key: string; value: Item; indexes: { work: [number, number] } };
}

export async function openKeep(name: string): Promise<Keep> {
  try {
    return inDatabase(
      await openDB<Schema>(name, 1, {
        upgrade(db) {
          db.createObjectStore('items', { keyPath: 'id' }).createIndex('work', ['phase', 'turn']);
        },
      }),
    );
  } catch {
    return inMemory();
  }
}

/** All turns of a phase: an array sorts after every number. */
function turns(phase: number): IDBKeyRange {
  return IDBKeyRange.bound([phase], [phase, []]);
}

function inDatabase(db: IDBPDatabase<Schema>): Keep {
  const put = async (item: Item, durability: IDBTransactionDurability): Promise<void> => {
    const { store, done } = db.transaction('items', 'readwrite', { durability });
    await Promise.all([store.put(item), done]);
  };
  return {
    isKept: true,
    add: (item) => put(item, 'strict'),
    put: (item) => put(item, 'relaxed'),
    get: (id) => db.get('items', id),
    next: (phase, most) => db.getAllFromIndex('items', 'work', turns(phase), most),
    count: (phase) => db.countFromIndex('items', 'work', turns(phase)),
    list: () => db.getAll('items'),
    async forget(before) {
      for (const { id, phase, sentAt } of await db.getAll('items')) {
        if (!phase && sentAt < before) await db.delete('items', id);
      }
    },
    close: () => db.close(),
  };
}

function inMemory(): Keep {
  const items = new Map<string, Item>();
  const of = (phase: number): Item[] => [...items.values()].filter((item) => item.phase === phase);
  const put = async (item: Item): Promise<unknown> => items.set(item.id, item);
  return {
    ...{ isKept: false, add: put, put },
    get: async (id) => items.get(id),
    next: async (phase, most) =>
      of(phase)
        .sort((a, b) => a.turn - b.turn)
        .slice(0, most),
    count: async (phase) => of(phase).length,
    list: async () => [...items.values()],
    forget: async () => {},
    close() {},
  };
}
