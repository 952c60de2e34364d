@include action/sql/sqlite
@depend ./T as t
@key a
SELECT a FROM t
