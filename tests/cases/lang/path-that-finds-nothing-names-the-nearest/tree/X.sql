@include action/sql/sqlite
@depend ./Patinet
SELECT 1 AS a
