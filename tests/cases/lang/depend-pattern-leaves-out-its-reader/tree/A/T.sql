@include action/sql/sqlite
@depend /*/T as t
SELECT 1 AS a
