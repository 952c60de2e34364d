@include action/sql/sqlite
@param site A
SELECT 1 AS s -- of {{site}}
