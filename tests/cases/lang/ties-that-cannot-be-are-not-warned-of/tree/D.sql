-- @include action/sql/duckdb
-- @depend ./Visit as v
WITH f AS (SELECT patient, min(day) AS day FROM v GROUP BY patient)
SELECT patient, row_number() OVER (ORDER BY day, patient) AS n FROM f
