@include action/sql/sqlite
@include /lib
SELECT 1 AS a
