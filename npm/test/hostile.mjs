/** Values that no caller should pass, by what is due in their place. */

const detached = () => {
  const gone = new Uint8Array(32);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  return gone;
};

const outOfBounds = () => {
  const shrunk = new ArrayBuffer(64, { maxByteLength: 64 });
  const outside = new Uint8Array(shrunk, 32, 32);
  shrunk.resize(16);
  return outside;
};

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const angry = () => new Proxy({}, { get() { throw 'no error object'; }, ownKeys() { throw 'no error object'; }, getOwnPropertyDescriptor() { throw 'no error object'; }, getPrototypeOf() { throw 'no error object'; } });

/** Of another type than anything that a function takes. */
const NOTHING = [null, true, Symbol('s'), () => new Uint8Array(32), new Date(NaN), /x/, new Map(), new Proxy(() => {}, {})];

const VALUES = {
  bytes: () => [
    ...NOTHING, 0, NaN, 1n, 'aa', [], [1, 2], {}, new ArrayBuffer(32), new SharedArrayBuffer(32), new DataView(new ArrayBuffer(32)),
    new Uint8ClampedArray(32), new Uint16Array(16), new Int8Array(32), new BigUint64Array(4), { length: 32, 0: 1 }, Object.create(Uint8Array.prototype),
    detached(), outOfBounds(), new Uint8Array(new SharedArrayBuffer(32)), new Uint8Array(new SharedArrayBuffer(32, { maxByteLength: 64 })), angry(), revoked(),
  ],
  bigint: () => [...NOTHING, 0, 1, -0, 2 ** 53 + 1, NaN, Infinity, '1', '', [], [1n], {}, { valueOf: () => 1n }, Object(1n), new Uint8Array(8), angry()],
  string: () => [...NOTHING, 0, NaN, 1n, {}, { toString: () => 'x' }, Object('x'), new Uint16Array(2), angry(), revoked()],
  number: () => [...NOTHING, 1n, '1', {}, [], { valueOf: () => 1 }, Object(1), angry()],
  array: () => [...NOTHING, 0, 1n, 'aa', {}, new Uint8Array(32), new Set(), { length: 1, 0: 'x' }, angry(), revoked()],
  boolean: () => [...NOTHING.filter((value) => value !== true), 0, 1, 'true', {}, [], Object(true), angry()],
  function: () => [null, true, Symbol('s'), 0, NaN, 1n, 'x', {}, [], Object.create(Function.prototype), angry(), revoked()],
  object: () => [null, true, Symbol('s'), 0, NaN, 1n, 'x', angry(), revoked(), [1], [['x', 1]]],
};

/** Texts that are strings and still no good: lone surrogates, names of the prototype, long ones. */
export const TEXTS = ['', '\ud800', 'a\udc00b', '\0', '\u2028', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '{"__proto__":{}}', '\uffff'.repeat(100_000)];

/** Bigints that no u64 holds, and some that one does. */
export const BIGINTS = { outside: [-1n, 2n ** 64n, 2n ** 64n + 3n, -(2n ** 64n), 10n ** 5_000n], inside: [2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n] };

export const MEGABYTES = 100 * 2 ** 20;

/** JSON that breaks readers which trust it. */
export const JSONS = () => [
  '['.repeat(100_000), '{"a":'.repeat(100_000), `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  '{"entry":"","entry":""}', '{"a":1,"\\u0061":2}', '{"__proto__":{"entry":""}}', '{"constructor":1,"toString":2}',
  '9007199254740993', '1e400', '1e-400', '"\\ud800"', '"\ud800"', '\ufeff{}', '{}x', 'NaN', '',
  ' '.repeat(MEGABYTES), `"${'x'.repeat(MEGABYTES)}"`, `[${'0,'.repeat(2 ** 21)}0]`,
];

/** What `value` is, in the words of `VALUES`. */
export function kindOf(value) {
  if (value instanceof Uint8Array) return 'bytes';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

/** Values of other types than `value`. */
export function wrongFor(value) {
  return VALUES[kindOf(value)]();
}

/** Every place in `value`, itself first: the way to it, and what is there. */
export function* places(value, path = []) {
  yield { path, value };
  if (kindOf(value) === 'array' || kindOf(value) === 'object') for (const [name, member] of Object.entries(value)) yield* places(member, [...path, name]);
}

/** `value` with something else at a place. */
export function replaced(value, [name, ...rest], other) {
  if (name === undefined) return other;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[name] = replaced(value[name], rest, other);
  return copy;
}
