@include ./C
SELECT 1 AS a
