/** Everything but `init`, which each entry point adds with its own way to the module's file. */
export { decodeEntry, encodeEntry, encodeStatement, publicKey, sign, signStatement, verifyStatement } from './author.js';
export { bundleReceipts, encodeBundle, verifyBundle, type BundlePart, type BundleParts } from './bundle.js';
export { VERIFICATION_CODES, type VerificationCode } from './codes.js';
export { canonicalJson, commitPayload, discloseFields, openCommitment, verifyDisclosure, type Payload } from './commitment.js';
export { StartError, VerificationError, type StartCode, type VerificationStep } from './errors.js';
export { verifyLegacyChain, type LegacyHead, type LegacyRow, type LegacyVerdict } from './legacy.js';
export { MerkleLog } from './merkle-log.js';
export { parsePolicy } from './policy.js';
export { openCheckpoint, verifyReceipt, verifyReceipts } from './receipt.js';
export { verifySignature, verifySignatures, type Signature, type Signatures } from './signature.js';
export {
  verifyBatchProof, verifyConsistency, verifyInclusion, verifyInclusions, verifyRange, verifySubtreeConsistency, verifySubtreeInclusion,
  type BatchInclusion, type Consistency, type Inclusion, type Inclusions, type RangeInclusion, type SubtreeConsistency, type SubtreeInclusion,
} from './tree.js';
export type {
  AuthorSignature, BundleNotChecked, BundleRecord, BundleVerdict, Checkpoint, Commit, CommitAlgorithm, Entry, Field, InitSource, NotChecked, Policy, Receipt, ReceiptOutcome,
  RecordView, Signer, Statement, Trust, Verdict, VerifierKey,
} from './types.js';
export * from './client/index.js';
