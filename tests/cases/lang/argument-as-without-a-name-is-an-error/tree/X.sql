@include action/sql/sqlite
@depend ./T as
SELECT 1 AS a
