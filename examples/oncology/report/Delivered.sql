-- @include action/sql/sqlite
-- @depend /*/Treatment as treatment
-- @key clinic, prescription_id
-- @column state text "how far it is"
-- @column dose_cgy real cGy
-- @test rows(1, 1000000)
-- @test in(state, 'not started', 'under way', 'complete')
-- @release
-- @doc Every clinic's treatments in one table: prescribed and delivered.
-- @owner registry@example.org
SELECT
    _from AS clinic,
    prescription_id,
    site,
    dose_cgy,
    fractions,
    beams,
    days,
    CASE
        WHEN beams = 0 THEN 'not started'
        WHEN days >= fractions THEN 'complete'
        ELSE 'under way'
    END AS state
FROM treatment
