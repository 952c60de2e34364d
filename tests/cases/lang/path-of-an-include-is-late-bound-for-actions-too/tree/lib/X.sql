@include ./act
SELECT 1 AS a
