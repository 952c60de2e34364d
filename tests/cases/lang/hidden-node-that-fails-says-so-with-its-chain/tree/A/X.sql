@include action/sql/sqlite
@override
@depend super
SELECT a FROM super
