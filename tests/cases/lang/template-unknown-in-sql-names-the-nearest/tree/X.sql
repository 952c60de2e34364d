@include action/sql/sqlite
@param site A
SELECT {{sit}} AS s
