@include action/sql/sqlite
@param site
@set site base
SELECT {{site}} AS s
