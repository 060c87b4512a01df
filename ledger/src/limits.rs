//! The engine's limits, each with the sum that gives it (design §7 and §10).

/// Most records in one append request, and in one commit: 1,000 rows took 21 ms end to end where
/// they were measured, so one commit stays far below D1's 30 s a query and the deadlines below.
pub const MAX_BATCH_RECORDS: usize = 1_000;

/// Longest payload in bytes: 8 MiB. As base64 it is 11.2 MB, within a body and a receipt of 12 MiB.
pub const MAX_PAYLOAD_BYTES: usize = 8 * 1024 * 1024;

/// Longest payload that lies in a row: 32 KiB. As hex it is 65,536 bytes of a parameter, so that 28
/// payloads share one statement. A longer one is a value beside the rows, of at most 8 MiB and 16
/// bytes where Workers KV takes 25 MiB.
pub const MAX_INLINE_BYTES: usize = 32 * 1024;

/// Values of one commit that are written at a time: 4, so that at most 4 * 8 MiB of them are in
/// memory, and at most 6 connections of the platform are used.
pub const MAX_VALUES_AT_A_TIME: usize = 4;

/// Longest artifact in bytes: 20 MiB, with its 16 bytes of tag within the 25 MiB of a value of Workers KV. An
/// isolate of 128 MB has room for one at a time, as it came and as it is handed on.
pub const MAX_ARTIFACT_BYTES: usize = 20 * 1024 * 1024;

/// A value that no row names is swept away once it is this old: 31 days. D1 can be restored to any
/// moment of the last 30, and back: what a row may name again must not be gone by then.
pub const SWEEP_AFTER_MS: u64 = 31 * 24 * 60 * 60 * 1000;

/// Most payload and entry bytes that one append request may carry: 12 MiB, the limit of a request
/// body. Base64 and JSON only make a body longer than what it carries.
pub const MAX_REQUEST_BYTES: usize = 12 * 1024 * 1024;

/// A commit takes no further request once it holds this much: 4 MiB. Waiting requests are joined up
/// to it, and one request may pass it alone. Hex doubles the bytes, so a commit's parameters stay
/// under 2 * 12 MiB = 24 MiB of the isolate's 128 MB.
pub const MAX_COMMIT_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of requests that may wait for a commit: 24 MiB, the cap on bodies in flight of an isolate.
/// Beyond it an append is refused (`overloaded`).
pub const MAX_QUEUED_BYTES: usize = 24 * 1024 * 1024;

/// Requests that may wait for a commit: 10,000. At about 1,000 requests a second that is 10 s of
/// work, which no client waits out.
pub const MAX_QUEUED_REQUESTS: usize = 10_000;

/// Each parameter of a bulk statement stays below this many bytes. D1 refuses a value of 2,000,000
/// bytes; the difference leaves room for the JSON brackets and for what D1 adds around a parameter.
pub const MAX_PARAMETER_BYTES: usize = 1_900_000;

/// A read of the store is given up after 10 s: D1 stops a query after 30 s, and a client is gone by
/// then.
pub const READ_DEADLINE_MS: u64 = 10_000;

/// A commit is given up after 15 s. Its outcome is then unknown, and the sequencer reloads.
pub const COMMIT_DEADLINE_MS: u64 = 15_000;

/// How often the records of one request are planned and committed before the request is answered
/// `storage-unavailable`: once, and three times more after a reload.
pub const MAX_ATTEMPTS: u32 = 4;

/// A token that was read from the store may be used for reads for 30 s more. What was cached just before
/// a revocation is used for that long after it, and the read that it allowed may take another 10 s
/// ([`READ_DEADLINE_MS`]): together below the 60 s that are promised.
pub const TOKEN_CACHE_MS: u64 = 30_000;

/// Tokens remembered at a time: 1,024 rows of less than 1 KiB are 1 MiB.
pub const MAX_CACHED_TOKENS: usize = 1_024;

/// Records of one page of a list: at most 1,000.
pub const MAX_PAGE_RECORDS: usize = 1_000;

/// Records of a page when the caller names no limit.
pub const DEFAULT_PAGE_RECORDS: usize = 100;

/// A page ends early once its entries and payloads pass this many bytes: 4 MiB, or 8 MiB as the hex
/// the database answers.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// A page ends early once its records' leaves lie in more tiles than this: 256 full tiles are 2 MiB
/// in one query, and 65,280 hashes to chain them to the root.
pub const MAX_PAGE_TILES: usize = 256;

/// Longest canonical rules: 32 KiB. Every load and read of a ledger reads them.
pub const MAX_RULES_BYTES: usize = 32 * 1024;

/// Types, author keys and schemas of one ledger's rules: 64 of each.
pub const MAX_RULES_NAMES: usize = 64;

/// Nodes of one schema with its references written out: 4,096. A schema of 32 KiB has fewer, unless
/// its references multiply it.
pub const MAX_SCHEMA_NODES: u64 = 4_096;

/// Schemas within schemas, references followed: 128, as deep as 64 levels of JSON take with a
/// reference at each. It bounds the recursion of the validator.
pub const MAX_SCHEMA_DEPTH: u64 = 128;

/// A payload is not validated if its bytes times the schema's nodes pass 2^28: 8 MiB for a schema of
/// 32 nodes, 64 KiB for one of 4,096. A byte costs a node a few nanoseconds at worst, so this is
/// about a second.
pub const MAX_SCHEMA_WORK: u64 = 1 << 28;

/// Ledgers of one page: 128, whose rules have 4 MiB together at most.
pub const MAX_PAGE_LEDGERS: usize = MAX_PAGE_BYTES / MAX_RULES_BYTES;

/// Leaves of one batch proof: 256, because each may lie in a tile of its own.
pub const MAX_PROOF_LEAVES: usize = MAX_PAGE_TILES;

/// Records that one page of a difference looks at: 1,000, of which any number may be changes.
pub const MAX_DIFF_RECORDS: usize = 1_000;
