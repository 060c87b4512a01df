/** The client side: one ledger followed, audited, and its records handed on. */
export type { Artifact } from './artifacts.js';
export type { AuditOptions, AuditProgress, AuditReport, AuditState } from './audit/audit.js';
export { LedgerClient, type AppendedBatch, type AppendOptions, type CallOptions, type ObservedCheckpoint } from './client.js';
export type { DiffOptions, LedgerChange, LedgerDiff } from './diff.js';
export type { Erasure } from './erasure.js';
export type { EntriesOptions, ProvenEntry } from './entries.js';
export { ForkError, LedgerError, NetworkError, RollbackError, type HeadEvidence, type NetworkErrorCode } from './errors.js';
export type { ExportOptions } from './export.js';
export { fileStore } from './file-store.js';
export type { Head, HeadOutcome } from './heads.js';
export type { ListOptions } from './list.js';
export type { LedgerClientOptions } from './options.js';
export type { Tree } from './moment.js';
export type { NewRecord, RecordSignature } from './record-input.js';
export type { AppendedRecord, LedgerRecord } from './records.js';
export type { LedgerSnapshot, SnapshotOptions } from './snapshot.js';
export { indexedDBStore, memoryStore, type HeadStore } from './store.js';
