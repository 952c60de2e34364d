@include action/sql/sqlite
@threads many
SELECT 1 AS a
