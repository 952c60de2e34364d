@include action/sql/sqlite
@depend ./T -- the table
SELECT 1 AS a
