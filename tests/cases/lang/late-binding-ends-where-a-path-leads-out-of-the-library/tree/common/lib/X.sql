@include action/sql/sqlite
@depend ../terminology/Sex
SELECT 1 AS a FROM Sex
