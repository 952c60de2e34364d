@include action/sql/sqlite
@depend "./Drug List" as d
@depend './it''s' as e
@format null="N A"
SELECT 1 AS a
