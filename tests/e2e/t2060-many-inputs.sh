#!/usr/bin/env bash
# 220 inputs of one node, and a union of 93: more than SQLite can attach.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
{
	echo "-- @include action/sql/sqlite"
	for i in $(seq 220); do echo "-- @depend ./t/T$i as t$i"; done
	echo "SELECT 0"
	for i in $(seq 220); do echo "+ (SELECT sum(v) FROM t$i)"; done
	echo "AS total"
} >All.sql
mkdir t
for i in $(seq 220); do printf 'v\n%d\n%d\n' "$i" "$((i * i))" >"t/T$i.csv"; done
for i in $(seq 93); do
	mkdir "c$i"
	printf 'id\n%d\n' "$i" >"c$i/Patient.csv"
done
write Union.sql <<'E'
-- @include action/sql/sqlite
-- @depend /*/Patient as patient
SELECT count(*) AS n, sum(id) AS s, count(DISTINCT _from) AS clinics FROM patient
E
sluice run >"$work/out" 2>&1 || fail "$(cat "$work/out")"
# sum(1..220) + sum of squares, by the formulas
is "$(sluice get All)" "$(printf 'total\n%d\n' $((220 * 221 / 2 + 220 * 221 * 441 / 6)))" "220 inputs"
is "$(sluice get Union)" "$(printf 'n,s,clinics\n93,%d,93\n' $((93 * 94 / 2)))" "a union of 93"
