@include action/sql/sqlite
@doc Counts "all" (of them -- and more
@owner Dr. O'Neill, radiology  
@volatile asks the weather, 'daily'
SELECT 1 AS a
