-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id, rank() OVER (ORDER BY day) AS r, sum(id) OVER (ORDER BY day) AS s,
  first_value(day) OVER (PARTITION BY patient ORDER BY day) AS d FROM v
