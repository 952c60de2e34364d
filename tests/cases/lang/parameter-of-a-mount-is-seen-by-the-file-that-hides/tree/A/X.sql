@include action/sql/sqlite
@override
SELECT {{site}} || '!' AS s
