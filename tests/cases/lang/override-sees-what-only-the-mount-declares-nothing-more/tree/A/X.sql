@include action/sql/sqlite
@override
SELECT {{sites}} AS s
