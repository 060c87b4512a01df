import { ed25519 } from '@noble/curves/ed25519.js';

import { first, message, publicKey } from './first.mjs';

export const start = () => first(async () => (signature) => Number(ed25519.verify(signature, message, publicKey, { zip215: false })));
