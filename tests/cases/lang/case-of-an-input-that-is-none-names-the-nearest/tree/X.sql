@include action/sql/sqlite
@depend ./P as patient
SELECT a FROM patient
