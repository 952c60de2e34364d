@include action/sql/sqlite
@ordered yes
SELECT 1 AS a
