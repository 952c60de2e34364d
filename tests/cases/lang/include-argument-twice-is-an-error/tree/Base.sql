@include action/sql/sqlite
@param site A
SELECT {{site}} AS a
