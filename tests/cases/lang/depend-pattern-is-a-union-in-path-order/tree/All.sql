@include action/sql/sqlite
@depend /*/Patient as patient
SELECT * FROM patient
