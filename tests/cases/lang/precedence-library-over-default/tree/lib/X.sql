@include action/sql/sqlite
@param site default
SELECT {{site}} AS s
