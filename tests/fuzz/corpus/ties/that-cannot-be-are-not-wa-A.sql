-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT id, row_number() OVER (ORDER BY day, v."ID" DESC) AS n FROM v
