@include action/sql/sqlite
@param site A
SELECT {{site:bare}} AS a
