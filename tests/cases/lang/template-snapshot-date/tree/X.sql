@include action/sql/sqlite
SELECT {{@snapshot_date}} AS today
