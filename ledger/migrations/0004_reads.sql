-- Indexes for reads alone. Each serves one look-up that would otherwise read a whole ledger.

-- A record by its leaf hash.
CREATE INDEX records_by_leaf ON records (tenant, ledger, leaf_hash, idx);

-- The last record of each type and subject, and the step from one pair to the next.
CREATE INDEX records_by_pair ON records (tenant, ledger, type, subject, idx) WHERE subject IS NOT NULL;

-- How many records have no subject. Every record is in this index or in the one above.
CREATE INDEX records_without_subject ON records (tenant, ledger, idx, type) WHERE subject IS NULL;

-- The ledgers that anybody may know of: 1. The query repeats this term letter by letter. Damaged rules are no error here, readers find them.
CREATE INDEX ledgers_shown ON ledgers (
    tenant,
    (CASE WHEN json_valid(CAST(rules AS text)) THEN json_extract(CAST(rules AS text), '$.visibility') <> 'private' END),
    id
);
