@include action/sql/sqlite
@depend /a/T as t
@depend a/T as u
@depend ./V as v
@depend ../T as w
SELECT 1 AS a
