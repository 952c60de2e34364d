-- @include action/sql/sqlite
-- @depend ./LabLoinc as lab
-- @key itemid
-- @doc Albumin in every fluid, and its LOINC code.
SELECT itemid, label, fluid, loinc, results
FROM lab
WHERE label LIKE '%albumin%'
