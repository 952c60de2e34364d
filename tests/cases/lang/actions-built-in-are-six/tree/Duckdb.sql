@include action/sql/duckdb
SELECT 1 AS a
