-- @include action/sql/sqlite
-- @depend ./raw/Site as s
-- @key prescription_id
-- @column dose_cgy real cGy "total dose that was prescribed"
-- @test range(dose_cgy, 0, 10000)
-- @warn not_null(dose_cgy) 10%
-- @warn coverage(technique, 0.9)
-- @doc One row a prescribed site, the valid version alone.
SELECT
    SIT_ID                       AS prescription_id,
    Pat_ID1                      AS patient_id,
    trim(Site_Name)              AS site,
    nullif(trim(Technique), '')  AS technique,
    CAST(Dose_Ttl AS REAL)       AS dose_cgy,
    Fractions                    AS fractions
FROM s
WHERE Version = 0
