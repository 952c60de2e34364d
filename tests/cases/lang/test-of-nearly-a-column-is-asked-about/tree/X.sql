@include action/sql/sqlite
@column patient_id integer
@test not_null(pateint_id)
@test not_null(other)
@test not_null(Patient_ID)
SELECT 1 AS patient_id, 2 AS other
