-- @include action/sql/sqlite
-- @depend ./raw/Patient as p
-- @depend ./raw/Ident as i
-- @key patient_id
-- @column mrn text "record number as the clinic writes it, zeros and all"
-- @warn not_null(mrn)
-- @test range(birth_date, 1900-01-01, 2026-12-31)
-- @doc One row a patient.
SELECT
    p.Pat_ID1                    AS patient_id,
    i.IDA                        AS mrn,
    substr(p.Birth_DtTm, 1, 10)  AS birth_date,
    {{clinic}}                   AS clinic
FROM p
LEFT JOIN i ON i.Pat_Id1 = p.Pat_ID1
WHERE p.Birth_DtTm IS NULL
   OR CAST(substr(p.Birth_DtTm, 1, 4) AS INTEGER) >= {{first_year}}
