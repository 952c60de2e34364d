@include action/sql/sqlite
@depend ./P as p
SELECT a FROM p
