@include action/sql/sqlite
@depend /site/*/Patient as p (id, sex)
SELECT * FROM p
