@include action/sql/sqlite
@param cols a, b
@param t it's
SELECT {{cols:raw}}, '{{t:raw}}' FROM t
