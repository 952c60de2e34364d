@include action/sql/sqlite
@depend ./T
SELECT s FROM T
