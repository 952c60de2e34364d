-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT DISTINCT day FROM v ORDER BY day LIMIT 3
