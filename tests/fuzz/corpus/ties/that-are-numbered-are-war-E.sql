-- @include action/sql/duckdb
-- @depend ./Visit as v
SELECT * FROM (
  SELECT *, Row_Number ( ) over(ORDER BY lower(day), date_trunc('day', day)) AS nth FROM v
) WHERE nth = 1
