-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id, FIRST_VALUE(id) OVER (PARTITION BY patient ORDER BY v.day DESC NULLS LAST) AS f
FROM v
