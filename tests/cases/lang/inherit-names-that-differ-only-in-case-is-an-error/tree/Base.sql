@include action/sql/sqlite
@depend ./T as t
SELECT a FROM t
