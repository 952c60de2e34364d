-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT patient AS p, day AS d FROM v ORDER BY 2, p LIMIT 3
