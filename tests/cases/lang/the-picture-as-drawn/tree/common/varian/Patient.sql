@include action/sql/sqlite
@depend ./raw_patient as p
SELECT id, name, {{site}} AS site FROM p
