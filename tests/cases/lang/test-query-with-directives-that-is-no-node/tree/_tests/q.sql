-- @depend /X as t
SELECT * FROM t
