@include action/sql/sqlite
@param d:date 2020-02-30
SELECT {{d}} AS a
