@include action/sql/sqlite
@depend ./raw_physician
SELECT id FROM raw_physician
