@include action/sql/sqlite
@depend super
SELECT 1 AS a
