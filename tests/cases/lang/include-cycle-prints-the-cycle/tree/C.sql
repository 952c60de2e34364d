@include ./A
SELECT 1 AS a
