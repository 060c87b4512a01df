import sodium from 'libsodium-wrappers';

import { first, message, publicKey } from './first.mjs';

export const start = () =>
  first(async () => {
    await sodium.ready;
    return (signature) => Number(sodium.crypto_sign_verify_detached(signature, message, publicKey));
  });
