import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { refused } from './expect.mjs';
import { keyPair } from './fixtures.mjs';
import { init, verifySignature, verifySignatures } from 'stateledger';

before(() => init());

const signer = keyPair(1);
const messages = ['', 'a', 'record', 'x'.repeat(1000)].map((text) => Buffer.from(text));
const signatures = messages.map((message) => signer.sign(message));
const { publicKey } = signer;

test('what node:crypto signed verifies, and one changed bit does not', () => {
  for (const [i, message] of messages.entries()) {
    verifySignature({ publicKey, message, signature: signatures[i] });
    for (const at of [0, 31, 32, 63]) {
      const signature = Uint8Array.from(signatures[i]);
      signature[at] ^= 1;
      refused('signature-invalid', () => verifySignature({ publicKey, message, signature }), 'signatures');
    }
    refused('signature-invalid', () => verifySignature({ publicKey, message: Buffer.concat([message, Buffer.of(0)]), signature: signatures[i] }));
  }
});

test('what a sender could choose is refused, not misuse: lengths, keys that are no point, low orders', () => {
  const [message, signature] = [messages[2], signatures[2]];
  for (const length of [0, 63, 65, 128]) refused('signature-invalid', () => verifySignature({ publicKey, message, signature: new Uint8Array(length) }));
  // 2 is no point's y; 0 and 1 are of order 4 and 1; 2^255-18 is a second spelling of 1.
  const bad = [word(2), word(0), word(1), Uint8Array.from([0xee, ...Array(30).fill(0xff), 0x7f])];
  for (const key of bad) refused('signature-invalid', () => verifySignature({ publicKey: key, message, signature }));
  // R = identity, S = 0 under the identity as key: every message would be signed.
  const zero = Uint8Array.from([...word(1), ...word(0)]);
  refused('signature-invalid', () => verifySignature({ publicKey: word(1), message, signature: zero }));
  // S + L is another spelling of S.
  refused('signature-invalid', () => verifySignature({ publicKey, message, signature: plusOrder(signature) }));
});

test('many at once get the verdicts of one by one', () => {
  const changed = [...signatures.slice(0, 3), new Uint8Array(63)];
  changed[1] = plusOrder(signatures[1]);
  assert.deepEqual(verifySignatures({ publicKey, messages, signatures }), Uint8Array.of(1, 1, 1, 1));
  assert.deepEqual(verifySignatures({ publicKey, messages, signatures: changed }), Uint8Array.of(1, 0, 1, 0));
  const publicKeys = [publicKey, publicKey, word(2), publicKey];
  assert.deepEqual(verifySignatures({ publicKeys, messages, signatures }), Uint8Array.of(1, 1, 0, 1));
  assert.deepEqual(verifySignatures({ publicKey: word(2), messages, signatures }), Uint8Array.of(0, 0, 0, 0));
  assert.deepEqual(verifySignatures({ publicKey, messages: [], signatures: [] }), new Uint8Array());
  assert.deepEqual(verifySignatures({ publicKeys: [], messages: [], signatures: [] }), new Uint8Array());
});

test('a long batch of one key is exact too', () => {
  const many = Array.from({ length: 300 }, (_, i) => Buffer.from(`message ${i}`));
  const signed = many.map((message, i) => {
    const signature = signer.sign(message);
    if (i % 5 === 1) return plusOrder(signature);
    if (i % 5 === 2) return Uint8Array.from([...word(1), ...signature.subarray(32)]);
    if (i % 7 === 3) return signature.subarray(1);
    return signature;
  });
  const verdicts = verifySignatures({ publicKey, messages: many, signatures: signed });
  for (const [i, message] of many.entries()) {
    const one = { publicKey, message, signature: signed[i] };
    if (verdicts[i] === 1) verifySignature(one);
    else refused('signature-invalid', () => verifySignature(one));
  }
  assert.equal(verdicts.filter((verdict) => verdict === 1).length, 154);
});

function word(first) {
  return Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? first : 0));
}

/** The same signature with the group's order added to S. */
function plusOrder(signature) {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let s = order;
  for (let i = 0; i < 32; i++) s += BigInt(signature[32 + i]) << BigInt(8 * i);
  return signature.map((byte, i) => (i < 32 ? byte : Number((s >> BigInt(8 * (i - 32))) & 255n)));
}
