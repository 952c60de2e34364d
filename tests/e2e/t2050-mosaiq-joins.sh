#!/usr/bin/env bash
# Real tables: an empty first column name, record numbers that keep their
# zeros, and a key that is 16268 in one table and 16268.0 in the other.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
cp "$tests"/data/mosaiq/{Site,TxField,Ident}.csv .
write Joined.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Site as s
-- @depend ./TxField as f
SELECT f.FLD_ID, s.SIT_SET_ID FROM f JOIN s ON s.SIT_SET_ID = f.SIT_Set_ID
E
write Zeros.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Ident as i
SELECT count(*) AS n FROM i WHERE IDA LIKE '0%'
E
sluice run >"$work/out" 2>&1 || fail "$(cat "$work/out")"
is "$(sluice get Joined | tail -n +2 | wc -l)" 570 "rows of the join"
is "$(sluice get Zeros)" "$(printf 'n\n37\n')" "record numbers with a zero in front"
sluice get Ident >"$work/ident"
is "$(head -n 1 "$work/ident" | cut -d, -f1)" c1 "the empty column name"
