@include action/sql/sqlite
@depend super
SELECT a FROM super
