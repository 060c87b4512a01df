-- Payloads too long for a row, what was erased and what may not be erased.

-- A payload whose bytes are a value beside the database, encrypted with `key`. Its row in payloads has
-- its salt and no bytes. `size` is the payload's, for pages.
CREATE TABLE sealed_payloads (
    tenant TEXT    NOT NULL,
    ledger TEXT    NOT NULL,
    idx    INTEGER NOT NULL,
    name   TEXT    NOT NULL UNIQUE,
    key    BLOB    NOT NULL CHECK (length(key) = 32),
    size   INTEGER NOT NULL,
    PRIMARY KEY (tenant, ledger, idx),
    FOREIGN KEY (tenant, ledger, idx) REFERENCES payloads (tenant, ledger, idx)
) STRICT;

-- Written in the transaction that deletes the payload's rows, with the record at by_idx that says so. The
-- mac covers idx, by_idx and time. `held` counts holds at that moment: an erasure and a hold exclude
-- each other in the database, whatever their writers knew.
CREATE TABLE erasures (
    tenant TEXT    NOT NULL,
    ledger TEXT    NOT NULL,
    idx    INTEGER NOT NULL,
    by_idx INTEGER NOT NULL,
    time   INTEGER NOT NULL,
    held   INTEGER NOT NULL CHECK (held = 0),
    mac    BLOB    NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (tenant, ledger, idx),
    FOREIGN KEY (tenant, ledger, idx) REFERENCES records (tenant, ledger, idx),
    FOREIGN KEY (tenant, ledger, by_idx) REFERENCES records (tenant, ledger, idx)
) STRICT;

-- A payload that may not be erased. The mac covers idx and time.
CREATE TABLE holds (
    tenant TEXT    NOT NULL,
    ledger TEXT    NOT NULL,
    idx    INTEGER NOT NULL,
    time   INTEGER NOT NULL,
    erased INTEGER NOT NULL CHECK (erased = 0),
    mac    BLOB    NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (tenant, ledger, idx),
    FOREIGN KEY (tenant, ledger, idx) REFERENCES records (tenant, ledger, idx)
) STRICT;

-- Values beside the database that no row needs any more. A row goes when its value is gone.
CREATE TABLE blob_deletions (
    tenant TEXT NOT NULL,
    ledger TEXT NOT NULL,
    name   TEXT NOT NULL,
    PRIMARY KEY (tenant, ledger, name)
) STRICT;

-- An erasure looks up the key that covers its record.
CREATE INDEX idempotency_by_first ON idempotency (tenant, ledger, first);
