// Tables of IndexedDB: what this browser keeps beyond a visit, shared by its tabs and workers.

/** A database with one table, whose keys stand outside its values. */
export interface Table {
  database: string;
  table: string;
}

/**
 * Runs `use` in one transaction and answers what its request brought. A transaction that writes is answered when it is
 * committed; nobody else's comes between its reads and its writes.
 */
export async function within<T>({ database, table }: Table, mode: IDBTransactionMode, use: (table: IDBObjectStore) => IDBRequest): Promise<T> {
  const opening = indexedDB.open(database, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(table);
  const opened = (await settled(opening)) as IDBDatabase;
  try {
    const transaction = opened.transaction(table, mode);
    const answered = settled(use(transaction.objectStore(table)));
    const [result] = await Promise.all([answered, mode === "readonly" ? undefined : committed(transaction)]);
    return result as T;
  } finally {
    opened.close();
  }
}

function settled(request: IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
