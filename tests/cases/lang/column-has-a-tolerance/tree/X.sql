@include action/sql/sqlite
@column dose decimal(8,2) ±0.5 Gy "dose to the target"
@column rate REAL ±1e-9
@column n int Gy ±2
SELECT 1 AS dose
