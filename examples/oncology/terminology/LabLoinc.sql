-- @include action/sql/sqlite
-- @depend ./LabItem as item
-- @depend ./LocalMap as local
-- @key itemid
-- @test match(loinc, '^[0-9]+-[0-9]$')
-- @test coverage(loinc, 0.8)
-- @doc Each lab item with its LOINC code, where it has a well-formed one.
SELECT
    item.itemid,
    item.label,
    item.fluid,
    item.category,
    CASE
        WHEN local.loinc IS NOT NULL THEN local.loinc
        WHEN item.loinc GLOB '[0-9]*-[0-9]' THEN item.loinc
    END AS loinc,
    item.results
FROM item
LEFT JOIN local ON local.itemid = item.itemid
