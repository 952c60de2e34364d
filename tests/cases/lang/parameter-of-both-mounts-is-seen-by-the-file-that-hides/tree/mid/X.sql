@include action/sql/sqlite
@override
SELECT {{a}} AS a, {{b}} AS b
