@include action/sql/sqlite
@depend ./T as t
@key a
@owner lab
SELECT a FROM t
