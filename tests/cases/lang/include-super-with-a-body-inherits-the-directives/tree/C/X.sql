@override
@include super
SELECT a + 1 AS a FROM t
