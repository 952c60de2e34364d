-- @include action/sql/duckdb
-- @depend ./Stay as stay
-- @depend ./Length as length
-- @key patient
-- @doc Hours by ward, a column for each that there is.
PIVOT (SELECT patient, ward, hours FROM stay JOIN length USING (stay_id, patient))
ON ward USING sum(hours) GROUP BY patient
