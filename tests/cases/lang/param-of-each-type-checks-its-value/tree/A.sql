@include action/sql/sqlite
@param v:int 007
SELECT {{v}} AS a
