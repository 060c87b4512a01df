import { init, verifySignature } from 'stateledger';

import { first, message, publicKey } from './first.mjs';

export const start = () =>
  first(async () => {
    await init();
    return (signature) => {
      try {
        verifySignature({ publicKey, message, signature });
        return 1;
      } catch {
        return 0;
      }
    };
  });
