@include action/sql/sqlite
@override
@depend super
SELECT id FROM super
