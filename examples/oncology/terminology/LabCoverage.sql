-- @include action/sql/sqlite
-- @depend ./LabLoinc as lab
-- @key category
-- @test not_null(category)
-- @doc How many items, and how many results, have a LOINC code.
SELECT
    category,
    count(*)                                        AS items,
    count(loinc)                                    AS mapped_items,
    sum(results)                                    AS results,
    sum(CASE WHEN loinc IS NOT NULL THEN results END) AS mapped_results,
    round(100.0 * count(loinc) / count(*), 1)       AS items_percent,
    round(100.0 * sum(CASE WHEN loinc IS NOT NULL THEN results END)
          / sum(results), 1)                        AS results_percent
FROM lab
GROUP BY category
