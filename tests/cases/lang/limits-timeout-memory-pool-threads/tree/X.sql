@include action/sql/sqlite
@timeout 10m
@memory 2GiB
@pool big
@threads 4
@phi name, birth
SELECT 1 AS a
