-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id, day FROM v ORDER BY 2 FETCH FIRST 3 ROWS ONLY
