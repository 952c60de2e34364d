@include action/sql/sqlite
@param t it's
@param n:int -42
@param r:number 1.50
@param d:date 2020-02-29
@param i:ident a "b" c
@param l:list a, b's, 3
SELECT {{t}} AS t, {{n}} AS n, {{r}} AS r, {{d}} AS d, {{i}} FROM t WHERE x IN {{l}}
