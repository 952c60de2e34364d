-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT patient, arg_max(id, day) AS id, max_by(id, lower(day)) AS m FROM v GROUP BY patient
