/** As deep as the ledger takes. */
const MAX_DEPTH = 64;

/**
 * RFC 8785 text of a value that `JSON.parse` made. ECMAScript's own numbers and string escapes are the standard's, and
 * its default order of strings (UTF-16 code units) is the order of member names; what is left is to sort.
 */
export function canonical(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth >= MAX_DEPTH) throw new RangeError(`payload must be nested at most ${MAX_DEPTH} deep`);
  if (Array.isArray(value)) return `[${value.map((element) => canonical(element, depth + 1)).join(',')}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical((value as Record<string, unknown>)[name], depth + 1)}`).join(',')}}`;
}
