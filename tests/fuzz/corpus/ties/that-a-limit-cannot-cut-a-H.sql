-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT n, id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM v) ORDER BY n LIMIT 3
