-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT count(*) AS n, max(day) AS day FROM v LIMIT 1
