/** Whatever was thrown, as an error: JavaScript throws any value. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
