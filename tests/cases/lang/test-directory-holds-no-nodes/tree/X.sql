@include action/sql/sqlite
@depend ./Z as in
SELECT 1 AS a
