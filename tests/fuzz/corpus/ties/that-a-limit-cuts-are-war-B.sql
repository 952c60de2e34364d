-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id, day FROM v
ORDER BY day
LIMIT 3 OFFSET 2
