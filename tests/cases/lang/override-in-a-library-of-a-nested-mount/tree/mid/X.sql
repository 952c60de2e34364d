@include action/sql/sqlite
@override
SELECT 2 AS a
