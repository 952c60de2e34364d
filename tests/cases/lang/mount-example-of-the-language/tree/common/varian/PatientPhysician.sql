@include action/sql/sqlite
@depend ./Patient
@depend ./Physician
SELECT 1 AS a FROM Patient, Physician
