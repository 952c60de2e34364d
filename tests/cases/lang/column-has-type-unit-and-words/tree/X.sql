@include action/sql/sqlite
@column dose decimal(8,2) Gy "dose to the target"
@column name text
@column note text "free words"
@column dose_rate real Gy/min
SELECT 1 AS dose
