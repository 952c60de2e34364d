@include action/sql/sqlite
@param site A
@set sit B
SELECT {{site}} AS a
