@include action/sql/sqlite
SELECT {{a}} AS a
