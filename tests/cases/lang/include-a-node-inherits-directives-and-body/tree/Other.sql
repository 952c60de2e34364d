@include ./Base
@owner me
SELECT a + 1 AS a FROM t
