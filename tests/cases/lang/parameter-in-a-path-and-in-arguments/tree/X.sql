@include action/sql/sqlite
@param table Labs
@param kind raw
@depend ./{{table}} as t
@doc From {{kind}}.
@owner {{kind}}
@key {{kind}}_id
SELECT 1 AS a FROM t
