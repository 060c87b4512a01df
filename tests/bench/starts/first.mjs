/** A signature (RFC 8032 section 7.1, test 2) and the same with one bit changed. */
const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));

export const publicKey = bytes('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
export const message = bytes('72');
const signature = bytes(
  '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
);
const bad = Uint8Array.from(signature, (byte, at) => (at === 7 ? byte ^ 1 : byte));

/** `ready` starts the library and answers its verdict function, 1 = valid; `at` is when the first verdict was there. */
export async function first(ready) {
  const verify = await ready();
  const verdict = verify(signature);
  const at = performance.now();
  return { verdicts: [verdict, verify(bad)], at };
}
