@include action/sql/sqlite
@override
@override
SELECT 1 AS a
