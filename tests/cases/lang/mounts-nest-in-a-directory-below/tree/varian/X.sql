@include action/sql/sqlite
@depend ./tables/T
SELECT s FROM T
