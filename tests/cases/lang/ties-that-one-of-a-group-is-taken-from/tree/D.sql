-- @include action/sql/duckdb
-- @depend ./Lab as l
SELECT arg_min(value, day) AS v FROM l
