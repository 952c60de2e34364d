-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id, row_number() OVER (PARTITION BY patient ORDER BY day) AS n
FROM v
