/** Everything but `init`, which each entry point adds with its own way to the module's file. */
export { VERIFICATION_CODES, type VerificationCode } from './codes.js';
export { VerificationError, type VerificationStep } from './errors.js';
export { MerkleLog } from './merkle-log.js';
export { openCheckpoint, verifyReceipt } from './receipt.js';
export { verifySignature, verifySignatures, type Signature, type Signatures } from './signature.js';
export { verifyConsistency, verifyInclusion, verifyInclusions, type Consistency, type Inclusion, type Inclusions } from './tree.js';
export type { Checkpoint, InitSource, NotChecked, Receipt, RecordView, Signer, Trust, Verdict } from './types.js';
export * from './client/index.js';
