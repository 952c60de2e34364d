@include action/sql/sqlite
@test unique()
SELECT 1 AS a
