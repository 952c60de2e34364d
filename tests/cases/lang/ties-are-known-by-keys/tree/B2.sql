-- @include action/sql/duckdb
-- @depend ./C/Note as n
-- @key id
SELECT id, row_number() OVER (ORDER BY id) AS n FROM n
