-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id FROM v WHERE EXISTS (SELECT 1 FROM v AS w WHERE w.id = v.id LIMIT 1)
