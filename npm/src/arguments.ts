/**
 * Checks of what the caller controls. Each throws a `TypeError` or `RangeError` that names the argument, what was
 * needed and what came; nothing here judges what a sender could choose.
 */

const U64_MAX = 0xffff_ffff_ffff_ffffn;

/**
 * 256 MiB for one argument: wasm memory ends at 4 GiB, a call copies at most four arguments in, and each is copied at
 * most twice more while it is decoded: 4 * 3 * 256 MiB = 3 GiB.
 */
export const MAX_ARGUMENT_BYTES = 1 << 28;

/**
 * 1,048,576 elements for one list, because empty ones have no bytes to count: 1 GiB of wasm memory is left beside the
 * bytes, which is 1 KiB for each element.
 */
export const MAX_LIST_LENGTH = 1 << 20;

/** A leaf's entry is at most this long: C2SP tlog-tiles counts its bytes in 16 bits. */
const MAX_ENTRY_BYTES = 65_535;

/** The getters of the language itself: a subclass or an own property can shadow `length`, and the copy into the module trusts it. */
interface Intrinsics {
  tag(this: unknown): string | undefined;
  buffer(this: Uint8Array): ArrayBuffer;
  byteOffset(this: Uint8Array): number;
  length(this: Uint8Array): number;
  keys(this: Uint8Array): unknown;
  bufferSize(this: ArrayBufferLike): number;
}

let cached: Intrinsics | undefined;

function intrinsics(): Intrinsics {
  if (cached === undefined) {
    const view = Object.getPrototypeOf(Uint8Array.prototype) as object;
    const getter = (of: object, name: PropertyKey) => Object.getOwnPropertyDescriptor(of, name)?.get as never;
    cached = {
      tag: getter(view, Symbol.toStringTag),
      buffer: getter(view, 'buffer'),
      byteOffset: getter(view, 'byteOffset'),
      length: getter(view, 'length'),
      keys: Object.getOwnPropertyDescriptor(view, 'keys')?.value as never,
      bufferSize: getter(ArrayBuffer.prototype, 'byteLength'),
    };
  }
  return cached;
}

/** Whether it is a `Uint8Array`, of whatever realm; a `Buffer` is one. */
export function isBytes(value: unknown): value is Uint8Array {
  return intrinsics().tag.call(value) === 'Uint8Array';
}

/** A plain view of the bytes of `value`, of any length or of exactly `length`. */
export function bytes(name: string, value: unknown, length?: number): Uint8Array {
  const own = intrinsics();
  if (!isBytes(value)) throw new TypeError(`${name} must be a Uint8Array, got ${describe(value)}`);
  const view = value;
  const buffer = own.buffer.call(view);
  try {
    own.bufferSize.call(buffer);
  } catch {
    // Another thread could change it between two looks.
    throw new TypeError(`${name} must not lie in shared memory; pass a copy`);
  }
  const size = own.length.call(view);
  if (size === 0) assertAttached(name, view);
  if (length !== undefined && size !== length) throw new RangeError(`${name} must be ${length} bytes, got ${size}`);
  if (size > MAX_ARGUMENT_BYTES) throw new RangeError(`${name} must be at most ${MAX_ARGUMENT_BYTES} bytes, got ${size}`);
  return new Uint8Array(buffer, own.byteOffset.call(view), size);
}

/** A leaf's entry. */
export function entryBytes(name: string, value: unknown): Uint8Array {
  const entry = bytes(name, value);
  if (entry.length > MAX_ENTRY_BYTES) throw new RangeError(`${name} must be at most ${MAX_ENTRY_BYTES} bytes, got ${entry.length}`);
  return entry;
}

/** Values of 32 bytes, joined. */
export function words(name: string, value: unknown): Uint8Array {
  const flat = bytes(name, value);
  if (flat.length % 32 !== 0) throw new RangeError(`${name} must be a multiple of 32 bytes, got ${flat.length}`);
  return flat;
}

/** A view that lost its buffer (transferred, or shrunk under it) reads as empty; only the language's own methods tell. */
function assertAttached(name: string, view: Uint8Array): void {
  try {
    intrinsics().keys.call(view);
  } catch {
    throw new TypeError(`${name} has lost its buffer: it was transferred, or shrunk below the view`);
  }
}

/** A `bigint` from 0 to 2^64-1. Numbers and strings are refused, not converted. */
export function u64(name: string, value: unknown): bigint {
  if (typeof value !== 'bigint') throw new TypeError(`${name} must be a bigint, got ${describe(value)}`);
  // The wasm boundary would keep the low 64 bits in silence.
  if (value < 0n || value > U64_MAX) throw new RangeError(`${name} must be from 0 to 2^64-1`);
  return value;
}

/** A `bigint` from -2^63 to 2^63-1. */
export function i64(name: string, value: unknown): bigint {
  if (typeof value !== 'bigint') throw new TypeError(`${name} must be a bigint, got ${describe(value)}`);
  if (value !== BigInt.asIntN(64, value)) throw new RangeError(`${name} must be from -2^63 to 2^63-1`);
  return value;
}

/** Reads what the caller's code may stand behind: a getter or a proxy can throw anything, also what is no error. */
export function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TypeError(`${name} could not be read`, { cause });
  }
}

/** The members of an options object, each read once; an unknown member is refused, because a misspelt one would check less. */
export function options<K extends string>(name: string, value: unknown, known: readonly K[]): Record<K, unknown> {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${name} must be an object, got ${describe(value)}`);
  for (const key of reading(name, () => Object.keys(value))) {
    if (!(known as readonly string[]).includes(key)) throw new TypeError(`${name} has no member ${JSON.stringify(key)}`);
  }
  const read = {} as Record<K, unknown>;
  for (const key of known) read[key] = reading(`${name}.${key}`, () => (value as Record<K, unknown>)[key]);
  return read;
}

/** A copy of an array, each element read once and checked. */
export function list<T>(name: string, value: unknown, element: (name: string, value: unknown) => T): T[] {
  if (!reading(name, () => Array.isArray(value))) throw new TypeError(`${name} must be an array, got ${describe(value)}`);
  const array = value as unknown[];
  // Read once: behind a proxy it could grow while it is read.
  const length: unknown = reading(name, () => array.length);
  if (typeof length !== 'number' || !(length >= 0 && length <= MAX_LIST_LENGTH)) {
    throw new RangeError(`${name} must hold at most ${MAX_LIST_LENGTH} elements, got ${typeof length === 'number' ? length : describe(length)}`);
  }
  const copy: unknown[] = [];
  reading(name, () => {
    for (let i = 0; i < length; i++) copy.push(array[i]);
  });
  return copy.map((one, i) => element(`${name}[${i}]`, one));
}

/** A string; its content is for the parser. */
export function text(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, got ${describe(value)}`);
  return value;
}

/** Byte strings of any length, joined for the crossing. */
export interface Flat {
  bytes: Uint8Array;
  lengths: Uint32Array;
}

/** Joins checked byte strings; their lengths travel beside them. */
export function flatten(name: string, parts: readonly Uint8Array[]): Flat {
  const lengths = Uint32Array.from(parts, (part) => part.length);
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  if (total > MAX_ARGUMENT_BYTES) throw new RangeError(`${name} must be at most ${MAX_ARGUMENT_BYTES} bytes together, got ${total}`);
  const joined = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return { bytes: joined, lengths };
}

/** UTF-8 for the parsers. Text with a lone surrogate has none: TextEncoder would replace it in silence, so it becomes a byte that no parser takes. */
export function utf8(name: string, value: string): Uint8Array {
  if (value.length > MAX_ARGUMENT_BYTES) throw new RangeError(`${name} must be at most ${MAX_ARGUMENT_BYTES} characters, got ${value.length}`);
  return /\p{Surrogate}/u.test(value) ? Uint8Array.of(0xff) : new TextEncoder().encode(value);
}

/** A text that may come as its bytes. */
export function textBytes(name: string, value: unknown): Uint8Array {
  return typeof value === 'string' ? utf8(name, value) : bytes(name, value);
}

/** What came, in words, without its content: it may be secret or huge. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object' && reading('an argument', () => Array.isArray(value))) return 'an array';
  if (ArrayBuffer.isView(value)) return intrinsics().tag.call(value) ?? 'a DataView';
  return typeof value === 'object' ? 'another object' : typeof value;
}
