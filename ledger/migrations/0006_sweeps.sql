-- How far the sweep of values without rows got among the names of a kind; null to begin anew. Nothing relies on it.
CREATE TABLE sweeps (
    tenant TEXT NOT NULL,
    kind   TEXT NOT NULL,
    cursor TEXT,
    PRIMARY KEY (tenant, kind)
) STRICT;
