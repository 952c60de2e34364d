-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT patient, count(*) AS n FROM v GROUP BY patient ORDER BY n DESC, patient LIMIT 10
