-- API tokens. Of the secret only a hash is kept; the mac covers all the other columns under a key that is not in the
-- database, so that a row that was changed here opens nothing. Revoking deletes the row.
CREATE TABLE tokens (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    hash    BLOB    NOT NULL CHECK (length(hash) = 32),
    scopes  TEXT    NOT NULL,
    ledger  TEXT,
    name    TEXT,
    created INTEGER NOT NULL,
    expires INTEGER,
    mac     BLOB    NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX tokens_by_ledger ON tokens (tenant, ledger, id) WHERE ledger IS NOT NULL;
