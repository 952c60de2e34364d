-- @include action/sql/duckdb
-- @depend /*/Lab as l
SELECT id, row_number() OVER (PARTITION BY _from ORDER BY id) AS n FROM l
