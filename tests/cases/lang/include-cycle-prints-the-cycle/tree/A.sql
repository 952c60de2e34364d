@include ./B
SELECT 1 AS a
