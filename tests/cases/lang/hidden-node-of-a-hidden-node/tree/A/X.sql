@include action/sql/sqlite
@override
@depend super as below
SELECT a + 1 AS a FROM below
