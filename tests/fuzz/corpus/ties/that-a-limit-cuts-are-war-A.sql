-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id FROM v LIMIT 3
