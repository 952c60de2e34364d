-- Clinic B writes doses in Gy; the library thinks in cGy.
-- @include action/sql/sqlite
-- @override
-- @depend super as p
-- @key prescription_id
-- @column dose_cgy real cGy "total dose that was prescribed"
SELECT prescription_id, patient_id, site, technique,
       round(dose_cgy * 100, 2) AS dose_cgy, fractions
FROM p
