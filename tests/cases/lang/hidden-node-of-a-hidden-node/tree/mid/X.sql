@include action/sql/sqlite
@override
@depend super
SELECT a + 1 AS a FROM super
