@include action/sql/sqlite
@set site own
SELECT {{site}} AS s
