-- @include action/sql/duckdb
-- @depend ./Lab as l
SELECT value, lag(value) OVER w AS was, lead(value, 2) IGNORE NULLS OVER w AS next
FROM l WINDOW w AS (ORDER BY day)
