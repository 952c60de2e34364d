-- @include action/sql/sqlite
-- @depend ./raw/TxField as f
-- @depend ./Prescription as p
-- @key field_id
-- @test references(prescription_id, ./Prescription.prescription_id)
-- @doc Treatment fields of prescriptions; the key is 16268 here, 16268.0 there.
SELECT
    f.FLD_ID           AS field_id,
    p.prescription_id,
    p.patient_id,
    trim(f.Field_Name) AS field
FROM f
JOIN p ON p.prescription_id = f.SIT_Set_ID
