@include action/sql/sqlite
@depend ./X^
SELECT 1 AS a
