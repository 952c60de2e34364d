@include action/sql/sqlite
@depend /Clinic*/T as t
SELECT 1 AS a
