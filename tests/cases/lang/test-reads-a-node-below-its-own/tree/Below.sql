@include action/sql/sqlite
@depend ./X
SELECT a FROM X
