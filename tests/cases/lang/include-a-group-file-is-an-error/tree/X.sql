@include ./settings
SELECT 1 AS a
