-- One schema for D1 and SQLite. STRICT, so that a column holds what it says; BLOB for everything that is hashed, because
-- text and numbers are lossy at the edges; NOT NULL on every BLOB, because unhex() answers NULL for bad hex.
-- Nothing here relies on triggers: INSERT OR REPLACE passes them by.

-- A ledger's row never changes. Its mac covers all the other columns.
CREATE TABLE ledgers (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    uid          BLOB    NOT NULL CHECK (length(uid) = 32),
    origin       TEXT    NOT NULL UNIQUE,
    verifier_key TEXT    NOT NULL,
    rules        BLOB    NOT NULL,
    created      INTEGER NOT NULL,
    mac          BLOB    NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (tenant, id)
) STRICT;

-- Compare-and-swap: a second writer collides on (tenant, ledger, size), and a head planned over one that is no longer
-- there fails the key to its predecessor.
CREATE TABLE heads (
    tenant     TEXT    NOT NULL,
    ledger     TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    root       BLOB    NOT NULL CHECK (length(root) = 32),
    prev_size  INTEGER,
    prev_root  BLOB,
    checkpoint BLOB    NOT NULL,
    time       INTEGER NOT NULL,
    PRIMARY KEY (tenant, ledger, size),
    UNIQUE (tenant, ledger, size, root),
    -- Each head has at most one successor, so two histories cannot both follow it.
    UNIQUE (tenant, ledger, prev_size),
    FOREIGN KEY (tenant, ledger) REFERENCES ledgers (tenant, id),
    FOREIGN KEY (tenant, ledger, prev_size, prev_root) REFERENCES heads (tenant, ledger, size, root),
    -- A NULL would switch the foreign key off: only the head of size 0 has no predecessor.
    CHECK ((size = 0 AND prev_size IS NULL AND prev_root IS NULL)
        OR (size > prev_size AND prev_size IS NOT NULL AND prev_root IS NOT NULL))
) STRICT;

-- type, source, subject and time repeat what the entry says, for the indexes; a reader compares them.
CREATE TABLE records (
    tenant    TEXT    NOT NULL,
    ledger    TEXT    NOT NULL,
    idx       INTEGER NOT NULL,
    leaf_hash BLOB    NOT NULL CHECK (length(leaf_hash) = 32),
    entry     BLOB    NOT NULL,
    type      TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    subject   TEXT,
    time      INTEGER NOT NULL,
    PRIMARY KEY (tenant, ledger, idx),
    FOREIGN KEY (tenant, ledger) REFERENCES ledgers (tenant, id)
) STRICT;

CREATE INDEX records_by_type ON records (tenant, ledger, type, idx);
CREATE INDEX records_by_source ON records (tenant, ledger, source, idx);
CREATE INDEX records_by_subject ON records (tenant, ledger, subject, idx) WHERE subject IS NOT NULL;
CREATE INDEX records_by_time ON records (tenant, ledger, time, idx);

-- Beside the tree, so that payload and salt can be destroyed while every proof stays valid.
CREATE TABLE payloads (
    tenant  TEXT    NOT NULL,
    ledger  TEXT    NOT NULL,
    idx     INTEGER NOT NULL,
    salt    BLOB    NOT NULL CHECK (length(salt) = 32),
    payload BLOB    NOT NULL,
    is_json INTEGER NOT NULL CHECK (is_json IN (0, 1)),
    PRIMARY KEY (tenant, ledger, idx),
    FOREIGN KEY (tenant, ledger, idx) REFERENCES records (tenant, ledger, idx)
) STRICT;

-- Whole and partial tiles alike: the rightmost of a level grows, and its beginning answers every narrower width.
CREATE TABLE tiles (
    tenant TEXT    NOT NULL,
    ledger TEXT    NOT NULL,
    level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 7),
    idx    INTEGER NOT NULL,
    hashes BLOB    NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    PRIMARY KEY (tenant, ledger, level, idx),
    FOREIGN KEY (tenant, ledger) REFERENCES ledgers (tenant, id)
) STRICT;

-- Written with the records they stand for. The mac covers the other columns.
CREATE TABLE idempotency (
    tenant TEXT    NOT NULL,
    ledger TEXT    NOT NULL,
    key    TEXT    NOT NULL,
    first  INTEGER NOT NULL,
    count  INTEGER NOT NULL CHECK (count > 0),
    digest BLOB    NOT NULL CHECK (length(digest) = 32),
    mac    BLOB    NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (tenant, ledger, key),
    FOREIGN KEY (tenant, ledger, first) REFERENCES records (tenant, ledger, idx)
) STRICT;
