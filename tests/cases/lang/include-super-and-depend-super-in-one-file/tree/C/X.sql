@include super
@depend super as before
SELECT a + 1 AS a FROM before
