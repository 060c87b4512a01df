-- A record by its leaf hash, in blocks of 8,192 records. Hashes fall anywhere in an index: one over a whole ledger makes an append touch
-- ever more pages, up to one for each record. A block's pages stay few, so an append costs the same at any size; a look-up
-- seeks once in each block.
DROP INDEX records_by_leaf;
CREATE INDEX records_by_leaf_in_block ON records (tenant, ledger, idx >> 13, leaf_hash, idx);
