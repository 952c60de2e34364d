@include action/sql/sqlite
@depend ./Link
SELECT 1 AS a
