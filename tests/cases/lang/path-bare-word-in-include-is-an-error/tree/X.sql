@include sqlite
SELECT 1 AS a
