-- Bytes that anybody who appends may keep in a ledger under their own SHA-256, 64 lowercase hex digits. They are a value beside the
-- database, encrypted with `key`. The mac covers all the other columns. A row is written after its value and never changes.
CREATE TABLE artifacts (
    tenant TEXT    NOT NULL,
    ledger TEXT    NOT NULL,
    sha256 TEXT    NOT NULL CHECK (length(sha256) = 64),
    name   TEXT    NOT NULL UNIQUE,
    key    BLOB    NOT NULL CHECK (length(key) = 32),
    size   INTEGER NOT NULL,
    time   INTEGER NOT NULL,
    mac    BLOB    NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (tenant, ledger, sha256),
    FOREIGN KEY (tenant, ledger) REFERENCES ledgers (tenant, id)
) STRICT;
