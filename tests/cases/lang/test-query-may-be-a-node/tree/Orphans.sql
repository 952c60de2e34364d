@include action/sql/duckdb
@depend ./X
SELECT * FROM X WHERE a < 0
