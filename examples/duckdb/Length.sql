-- @include action/sql/duckdb
-- @depend ./Stay as stay
-- @key stay_id
-- @doc How long each stay lasted, and each patient's first.
SELECT
    stay_id,
    patient,
    date_diff('hour', admitted::TIMESTAMP, discharged::TIMESTAMP) AS hours,
    row_number() OVER (PARTITION BY patient ORDER BY admitted, stay_id) = 1 AS is_first
FROM stay
