-- @include action/sql/duckdb
SELECT i FROM range(10) AS t(i) LIMIT 3
