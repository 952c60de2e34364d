@include action/sql/sqlite
@depend ./DrugList
SELECT * FROM DrugList
