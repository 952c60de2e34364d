@include action/sql/sqlite
@depend ./T.csv
SELECT 1 AS a
