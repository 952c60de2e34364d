-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id, day FROM v UNION ALL SELECT id, day FROM v ORDER BY day OFFSET 2
