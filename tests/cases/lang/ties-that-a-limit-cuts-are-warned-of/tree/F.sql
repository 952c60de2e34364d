-- @include action/sql/duckdb
-- @depend ./Visit as v
-- @param n:int 3
CREATE TEMP TABLE t AS SELECT * FROM v LIMIT {{n}};
SELECT count(*) AS n FROM t
