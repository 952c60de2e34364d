-- @include action/sql/duckdb
-- @depend /*/Lab as l
SELECT id, row_number() OVER (ORDER BY id) AS n FROM l
