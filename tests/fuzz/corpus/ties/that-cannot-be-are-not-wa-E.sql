-- @include action/sql/duckdb
-- @depend ./Lab as l
SELECT patient, round(arg_max(value, day)) AS value FROM l GROUP BY patient
