@include action/sql/sqlite
@param site A
SELECT 'it''s -- no', "a /* b" /* ' */ -- "
 , {{site}}
