-- @include action/sql/duckdb
-- @depend ./C/Note as n
-- @depend ./B/Lab as l
SELECT n.id, row_number() OVER (ORDER BY l.id) AS n FROM n JOIN l USING (day)
