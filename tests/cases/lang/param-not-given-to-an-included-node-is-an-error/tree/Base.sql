@include action/sql/sqlite
@param site
SELECT {{site}} AS s
