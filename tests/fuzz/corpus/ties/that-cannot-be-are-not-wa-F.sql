-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT patient, max_by(day, day) AS day FROM v GROUP BY patient
