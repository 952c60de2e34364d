@include action/sql/sqlite
@param v:date 20.11.2026
SELECT {{v}} AS a
