@include action/sql/sqlite
@depend /A/T
@depend A/T as u
SELECT 1 AS a
