@include action/sql/sqlite
@depend ./T as t
@depend ./U as u
@key a
@timeout 1m
@column a text
@column b text
SELECT a FROM t
