// The built Worker behind bindings that count what the platform bills. Only for counting: what only reads is
// asked twice, because `raw()` does not say how many rows it read.
import Worker, * as built from '../../../worker/entry.mjs';

const counts = {};
const add = (what, n = 1) => (counts[what] = (counts[what] ?? 0) + n);

/** A proxy whose methods are the target's, except those of `replaced`. */
function wrapped(target, replaced) {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(replaced, name)) return replaced[name];
      const value = target[name];
      return typeof value === 'function' && name !== 'constructor' ? value.bind(target) : value;
    },
  });
}

const statements = new WeakMap();

function addRows({ meta }) {
  add('d1RowsRead', meta.rows_read);
  add('d1RowsWritten', meta.rows_written);
}

function statement(target) {
  const counted = wrapped(target, {
    bind: (...values) => statement(target.bind(...values)),
    raw: async (...options) => {
      addRows(await target.all());
      return target.raw(...options);
    },
    first: () => {
      throw new Error('the Worker calls first(), which is not counted');
    },
    run: async () => {
      const result = await target.run();
      addRows(result);
      return result;
    },
    all: async () => {
      const result = await target.all();
      addRows(result);
      return result;
    },
  });
  statements.set(counted, target);
  return counted;
}

function database(target) {
  return wrapped(target, {
    prepare: (sql) => statement(target.prepare(sql)),
    withSession: (...options) => database(target.withSession(...options)),
    batch: async (list) => {
      const results = await target.batch(list.map((one) => statements.get(one)));
      results.forEach(addRows);
      return results;
    },
  });
}

function values(target) {
  const counted = (name, what) => (...args) => {
    add(what);
    return target[name](...args);
  };
  return wrapped(target, {
    get: counted('get', 'kvReads'),
    getWithMetadata: counted('getWithMetadata', 'kvReads'),
    put: counted('put', 'kvWrites'),
    delete: counted('delete', 'kvDeletes'),
    list: counted('list', 'kvLists'),
  });
}

function objects(target) {
  const stub = (object) =>
    wrapped(object, {
      fetch: (...args) => {
        add('objectRequests');
        return object.fetch(...args);
      },
    });
  return wrapped(target, {
    get: (...args) => stub(target.get(...args)),
    getByName: (...args) => stub(target.getByName(...args)),
  });
}

const WRAPPERS = { D1Database: database, KvNamespace: values, DurableObjectNamespace: objects };

function counted(env) {
  const bindings = Object.entries(env).map(([name, binding]) => [name, (WRAPPERS[binding?.constructor?.name] ?? ((same) => same))(binding)]);
  return Object.fromEntries(bindings);
}

/** Counts the rows of the objects' own databases, which are billed like D1's. */
function countSql({ sql }) {
  const prototype = Object.getPrototypeOf(sql);
  const { exec } = prototype;
  if (exec.counts) return;
  prototype.exec = Object.assign(
    function (...args) {
      const cursor = exec.apply(this, args);
      add('objectRowsRead', cursor.rowsRead);
      add('objectRowsWritten', cursor.rowsWritten);
      return cursor;
    },
    { counts: true },
  );
}

export default class extends Worker {
  constructor(context, env) {
    super(context, counted(env));
  }

  fetch(request) {
    if (new URL(request.url).pathname === '/livez' && request.headers.has('counts')) return Response.json(counts);
    add('workerRequests');
    return super.fetch(request);
  }
}

function object(Class) {
  return class extends Class {
    constructor(state, env) {
      countSql(state.storage);
      super(state, counted(env));
    }
  };
}

export const Ledger = object(built.Ledger);
export const Limiter = object(built.Limiter);
