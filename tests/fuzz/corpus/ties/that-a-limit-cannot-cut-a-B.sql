-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id, day FROM v ORDER BY ALL LIMIT 3
