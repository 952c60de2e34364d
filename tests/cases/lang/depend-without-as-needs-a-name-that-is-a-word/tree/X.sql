@include action/sql/sqlite
@depend ./Drug-List
SELECT 1 AS a
