/**
 * Where a client keeps its last head, so that a later process notices what an earlier one was shown. A slot's value is
 * text; `swap` writes only if the slot still holds what was read, so of two writers one learns of the other.
 */
export interface HeadStore {
  /** The slot's value, `undefined` where nothing was written. */
  read(slot: string): Promise<string | undefined>;
  /** Writes `after` if the slot holds `before`; answers whether it did. The two steps are one. */
  swap(slot: string, before: string | undefined, after: string): Promise<boolean>;
}

/** A store that lasts as long as this process or page. */
export function memoryStore(): HeadStore {
  const slots = new Map<string, string>();
  return {
    async read(slot) {
      return slots.get(slot);
    },
    async swap(slot, before, after) {
      if (slots.get(slot) !== before) return false;
      slots.set(slot, after);
      return true;
    },
  };
}

const TABLE = 'heads';

/** A store in IndexedDB, shared by the pages and workers of one web origin. One transaction reads, compares and writes. */
export function indexedDBStore(database = 'stateledger'): HeadStore {
  if (typeof database !== 'string') throw new TypeError('database must be a string');
  let opening: Promise<IDBDatabase> | undefined;
  const opened = () =>
    (opening ??= openDatabase(database, () => {
      opening = undefined;
    }).catch((error) => {
      opening = undefined;
      throw error;
    }));
  return {
    async read(slot) {
      const heads = (await opened()).transaction(TABLE, 'readonly').objectStore(TABLE);
      return textOrNothing(await settled(heads.get(slot)));
    },
    async swap(slot, before, after) {
      const transaction = (await opened()).transaction(TABLE, 'readwrite', { durability: 'strict' });
      const heads = transaction.objectStore(TABLE);
      const done = completed(transaction);
      const found = heads.get(slot);
      let swapped = false;
      found.onsuccess = () => {
        if (textOrNothing(found.result) !== before) return;
        heads.put(after, slot);
        swapped = true;
      };
      await done;
      return swapped;
    },
  };
}

function openDatabase(name: string, lost: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
  return settled(request).then((database) => {
    // Another page may want to delete or upgrade it; the next call opens it again.
    database.onversionchange = () => {
      database.close();
      lost();
    };
    database.onclose = lost;
    return database;
  });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
