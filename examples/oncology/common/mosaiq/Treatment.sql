-- @include action/sql/sqlite
-- @depend ./raw/TrackTreatment as t
-- @depend ./Field as f
-- @depend ./Prescription as p
-- @key prescription_id
-- @column beams integer
-- @column first_day text "the day of the first beam; none before it"
-- @test references(patient_id, ./Patient.patient_id)
-- @test range(days, 0, 100)
-- @test range(beams, 0, *)
-- @doc What was delivered of each prescription: beams, days, first and last.
SELECT
    p.prescription_id,
    p.patient_id,
    p.site,
    p.dose_cgy,
    p.fractions,
    count(t.TTX_ID)                            AS beams,
    count(DISTINCT substr(t.Create_DtTm, 1, 10)) AS days,
    min(substr(t.Create_DtTm, 1, 10))          AS first_day,
    max(substr(t.Create_DtTm, 1, 10))          AS last_day
FROM p
LEFT JOIN f ON f.prescription_id = p.prescription_id
LEFT JOIN t ON t.FLD_ID = f.field_id
GROUP BY p.prescription_id, p.patient_id, p.site, p.dose_cgy, p.fractions
