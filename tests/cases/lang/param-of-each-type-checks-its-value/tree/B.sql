@include action/sql/sqlite
@param v:number twelve
SELECT {{v}} AS a
