-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id FROM v WHERE day = (SELECT day FROM v WHERE id > 3 LIMIT 1)
