@include action/sql/sqlite
@depend ../site/*/P as p
SELECT * FROM p
