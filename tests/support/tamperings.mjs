// Single-byte tamperings of a receipt, each with the step and the code of the first check that fails.
//
// Every change is the page's own: one byte of one part, its lowest bit flipped. The table names the
// place, and `locate` finds the byte in a given receipt.

const ascii = (text) => Buffer.from(text, "utf8");

/** The parts of a receipt as bytes, by the names of the page. */
function partsOf(text) {
  const receipt = JSON.parse(text);
  const end = receipt.proof.indexOf("\n\n") + 2;
  return {
    "Receipt JSON": ascii(text),
    Payload: Buffer.from(receipt.payload, "base64"),
    Salt: Buffer.from(receipt.salt, "base64"),
    Entry: Buffer.from(receipt.entry, "base64"),
    Proof: ascii(receipt.proof.slice(0, end)),
    Checkpoint: ascii(receipt.proof.slice(end)),
  };
}

/** The byte after the `n`th line feed: where line `n` begins. */
function line(bytes, n) {
  let at = 0;
  for (let seen = 0; seen < n; seen++) at = bytes.indexOf(0x0a, at) + 1;
  return at;
}

/** From `from` on, the first base64 character that is one still after its lowest bit is flipped. */
function base64Survivor(bytes, from) {
  const isBase64 = (byte) => /[A-Za-z0-9+/]/.test(String.fromCharCode(byte));
  for (let at = from; at < bytes.length; at++) {
    if (isBase64(bytes[at]) && isBase64(bytes[at] ^ 1)) return at;
  }
  throw new Error("no base64 character survives");
}

// A checkpoint's lines: origin, size, root, "", "— <name> <base64 of key id and signature>".
const signatureLine = (bytes) => line(bytes, 4);
const signature = (bytes) => bytes.lastIndexOf(0x20) + 1;

/**
 * Where to flip, and what must refuse it. A key id is four bytes: base64 characters 0 to 4 of the signature;
 * the signature itself begins at the sixth byte's characters, from 6 on.
 */
const TABLE = [
  ["the receipt's first brace", "Receipt JSON", () => 0, "receipt", "receipt-malformed"],
  ["a letter of a member's name", "Receipt JSON", (bytes) => bytes.indexOf('"entry"') + 1, "receipt", "receipt-malformed"],
  ["the proof's first line", "Proof", () => 0, "proof", "proof-malformed"],
  ["the padding of a proof's hash", "Proof", (bytes) => bytes.indexOf("=\n"), "proof", "proof-malformed"],
  ["the em dash before the signature", "Checkpoint", signatureLine, "checkpoint", "note-malformed"],
  ["the line feed after the origin", "Checkpoint", (bytes) => line(bytes, 1) - 1, "checkpoint", "note-malformed"],
  ["the padding of the root", "Checkpoint", (bytes) => bytes.indexOf("=\n"), "checkpoint", "checkpoint-malformed"],
  ["a letter of the origin", "Checkpoint", () => 0, "origin", "origin-mismatch"],
  ["the key id", "Checkpoint", (bytes) => base64Survivor(bytes, signature(bytes)), "origin", "key-unknown"],
  ["the last digit of the size", "Checkpoint", (bytes) => line(bytes, 2) - 2, "signatures", "signature-invalid"],
  ["the root", "Checkpoint", (bytes) => base64Survivor(bytes, line(bytes, 2)), "signatures", "signature-invalid"],
  ["the signature", "Checkpoint", (bytes) => base64Survivor(bytes, signature(bytes) + 20), "signatures", "signature-invalid"],
  ["the index", "Proof", (bytes) => line(bytes, 2) - 2, "inclusion", "inclusion-invalid"],
  ["the first hash of the proof", "Proof", (bytes) => base64Survivor(bytes, line(bytes, 2)), "inclusion", "inclusion-invalid"],
  ["the last hash of the proof", "Proof", (bytes) => base64Survivor(bytes, bytes.length - 40), "inclusion", "inclusion-invalid"],
  ["the entry's first byte", "Entry", () => 0, "inclusion", "inclusion-invalid"],
  ["a byte of the entry's time", "Entry", (bytes) => bytes.indexOf('"time"') + 10, "inclusion", "inclusion-invalid"],
  ["the entry's last byte", "Entry", (bytes) => bytes.length - 1, "inclusion", "inclusion-invalid"],
  ["the payload's first byte", "Payload", () => 0, "payload", "payload-mismatch"],
  ["the payload's last byte", "Payload", (bytes) => bytes.length - 1, "payload", "payload-mismatch"],
  ["a byte of the salt", "Salt", () => 16, "payload", "payload-mismatch"],
];

/** The tamperings of one receipt: [{name, part, position, step, code}]. */
export function tamperingsOf(receipt) {
  const parts = partsOf(receipt);
  return TABLE.map(([name, part, locate, step, code]) => ({ name, part, position: locate(parts[part]), step, code }));
}
