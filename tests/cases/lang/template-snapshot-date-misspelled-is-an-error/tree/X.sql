@include action/sql/sqlite
SELECT {{@snapshot}} AS today
