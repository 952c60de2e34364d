@include action/sql/sqlite
@depend ./Patient
@depend ./Physician
SELECT Patient.id AS patient, Physician.id AS physician
FROM Patient, Physician
