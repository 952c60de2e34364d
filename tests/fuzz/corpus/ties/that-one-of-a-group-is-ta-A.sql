-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT DISTINCT ON (patient) patient, id FROM v ORDER BY patient, day
