-- @include action/sql/duckdb
-- @depend ./Lab as l
SELECT value, row_number() OVER (PARTITION BY Patient ORDER BY l.day DESC NULLS LAST) AS n FROM l
