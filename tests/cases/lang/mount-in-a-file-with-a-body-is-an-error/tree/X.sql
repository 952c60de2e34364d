@include /lib
SELECT 1 AS a
