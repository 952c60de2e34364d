@include action/sql/sqlite
@depend /*/Patient as p
SELECT 1 AS a
