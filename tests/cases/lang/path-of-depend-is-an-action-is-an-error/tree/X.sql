@include action/sql/sqlite
@depend action/python
SELECT 1 AS a
