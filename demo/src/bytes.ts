// Bytes and their spellings. The page only shows and edits bytes; what is valid is decided by the kernel.

const decoder = new TextDecoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD. */
export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The text of UTF-8 bytes, or undefined if they are not UTF-8. */
export function strictText(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Standard base64 with padding, as receipts carry bytes. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The bytes of base64, or undefined if it is none. */
export function fromBase64(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Lowercase hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, hexByte).join("");
}

/** One byte as two hex digits. */
export function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** `n` random bytes as hex: an identifier nobody else draws. */
export function randomHex(n: number): string {
  return toHex(crypto.getRandomValues(new Uint8Array(n)));
}

/** A byte as a reader recognises it: its character where it has one, else its name or `·`. */
export function glyph(byte: number): string {
  if (byte === 0x0a) return "⏎";
  if (byte === 0x20) return "␠";
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
}

/** "1 byte", "2,048 bytes": a count in words. */
export function inWords(n: number | bigint, thing: string): string {
  return `${n.toLocaleString("en")} ${thing}${n == 1 ? "" : "s"}`;
}
