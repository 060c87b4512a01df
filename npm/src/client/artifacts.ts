/** Blobs under their own SHA-256: whoever has the hash, from a record or elsewhere, needs no further proof. */
import { bytes, describe } from '../arguments.js';
import { StartError } from '../errors.js';
import { equalBytes, mismatch, objectOf, textOf, toHex, u64Of } from './answer.js';
import type { Transport } from './transport.js';

/** What a server keeps at most. */
const MAX_ARTIFACT_BYTES = 20 << 20;
const MAX_ANSWER_BYTES = 1 << 16;

/** An artifact that a ledger keeps. */
export interface Artifact {
  /** SHA-256 of the bytes, 64 lowercase hex digits: say it in a record. */
  sha256: string;
  /** Their number. */
  size: bigint;
}

/** What this needs of its client. */
export interface ArtifactAccess {
  transport: Transport;
  /** Where the artifact with this hash is. */
  at(sha256: string): URL;
}

/** Sends the bytes, which nobody else may change. Sending them again changes nothing. */
export async function putArtifact(content: Uint8Array, signal: AbortSignal | undefined, { transport, at }: ArtifactAccess): Promise<Artifact> {
  const body = content as Uint8Array<ArrayBuffer>;
  if (body.length > MAX_ARTIFACT_BYTES) throw new RangeError(`content must be at most ${MAX_ARTIFACT_BYTES} bytes, got ${body.length}`);
  const sha256 = toHex(await digest(body));
  const headers = { 'content-type': 'application/octet-stream' };
  const answer = objectOf((await transport.send({ method: 'PUT', url: at(sha256), headers, body, limit: MAX_ANSWER_BYTES, signal })).body);
  if (textOf(answer, 'sha256') !== sha256) throw mismatch('it names another artifact than was sent');
  if (u64Of(answer, 'size') !== BigInt(body.length)) throw mismatch('it names another size than was sent');
  return { sha256, size: BigInt(body.length) };
}

/** Reads the bytes and hashes them again. */
export async function getArtifact(sha256: unknown, signal: AbortSignal | undefined, { transport, at }: ArtifactAccess): Promise<Uint8Array> {
  const asked = hashOf(sha256);
  const { body } = await transport.send({ url: at(toHex(asked)), limit: MAX_ARTIFACT_BYTES, signal });
  if (!equalBytes(await digest(body as Uint8Array<ArrayBuffer>), asked)) throw mismatch('its bytes have another hash than was asked for');
  return body;
}

function hashOf(value: unknown): Uint8Array {
  if (typeof value !== 'string') {
    if (typeof value !== 'object' || value === null) throw new TypeError(`sha256 must be a Uint8Array or a string, got ${describe(value)}`);
    return bytes('sha256', value, 32).slice();
  }
  if (!/^[0-9a-f]{64}$/.test(value)) throw new RangeError('sha256 must be 64 lowercase hex digits');
  return Uint8Array.from(value.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** The platform's: of SHA-256, unlike of Ed25519, there is one reading. */
async function digest(content: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto ?? {};
  if (subtle === undefined) throw new StartError('hash-unsupported', 'this page has no crypto.subtle, which browsers give to secure contexts alone');
  return new Uint8Array(await subtle.digest('SHA-256', content));
}
