@include action/sql/sqlite
@depend ./T as t (a, b)
@depend ./T as u (a,b)
@depend ./T as v ( "a b" )
@depend ./T as w (a)
SELECT 1 AS a
