-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id,
  row_number() OVER () AS n,
  ntile(4) OVER (PARTITION BY patient) AS m
FROM v
