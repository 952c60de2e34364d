-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id, 'x LIMIT 3' AS "limit" FROM v -- LIMIT 3, row_number() OVER ()
LIMIT 0
