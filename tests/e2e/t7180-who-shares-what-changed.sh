#!/usr/bin/env bash
# Blast radius: a change in a shared library, by a real push, is told for each
# place that mounts it: which override it, which were recomputed and are the
# same, where data changed, which failed. Which are which is computed here, from
# the rows, for 40 clinics; the two outer ones are known by hand.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
make_clone
mkdir lib
printf '@abstract\n' >lib/library
write lib/Patient.sql <<'E'
@include action/sql/sqlite
@depend ./Raw
SELECT id, albumin FROM Raw
E
write lib/Low.sql <<'E'
@include action/sql/sqlite
@depend ./Patient
SELECT id FROM Patient WHERE albumin < 35
E
write lib/Count.sql <<'E'
@include action/sql/sqlite
@depend ./Low
@release
SELECT count(*) AS n FROM Low
E
# clinic I: rows of albumin 20 + (k * (I % 7 + 1)) % 30; each tenth has a Low of
# its own, and so has clinic 7 whose query then breaks below
wanted=
for i in {0..39}; do
	d=$(printf 'Clinic%02d' "$i")
	mkdir "$d"
	printf '@include /lib\n' >"$d/mount"
	{
		echo id,albumin
		for k in {0..19}; do echo "$k,$((20 + k * (i % 7 + 1) % 30))"; done
	} >"$d/Raw.csv"
	if [ $((i % 10)) = 0 ]; then
		sed 's/< 35/< 30/; 1i @override' lib/Low.sql >"$d/Low.sql"
		wanted="$wanted $d:overrides"
	elif grep -q ',35$' "$d/Raw.csv"; then
		wanted="$wanted $d:changed"
	else
		wanted="$wanted $d:same"
	fi
done
commit one >/dev/null
push main
run_once
git checkout -q -b limit
sed -i 's/< 35/< 36/' lib/Low.sql
limit=$(commit 'one more')
push limit
run_once
report() { (cd "$bare" && sluice report "$1" --format "$2" 2>/dev/null); }
is "$(report "$limit" json | jq -r '[.mounts[] | " \(.place):\(.effect)"] | add')" "$wanted" 'each place'
has "$wanted" ':changed' 'some change'
has "$wanted" ':same' 'some do not'
text=$(report "$limit" text)
has "$text" '40 places share it: ' 'in text'
has "$text" 'Clinic00                    not affected: it has its own' 'in text'
has "$(report "$limit" html)" 'Who shares what changed' 'as a page'
has "$(run_of limit report.md)" 'shared library: 40 places share it' 'in markdown'

# a change that fails in some of them: those that lack a column
git checkout -q -b column main
sed -i 's/SELECT id FROM/SELECT id, sex FROM/' lib/Low.sql
sed -i 's/SELECT id, albumin FROM Raw/SELECT * FROM Raw/' lib/Patient.sql
for d in Clinic1?; do
	sed -i '1s/$/,sex/; 2,$s/$/,m/' "$d/Raw.csv"
done
column=$(commit 'a column')
push column
run_once
is "$(report "$column" json | jq -c '[.mounts[] | select(.place | test("Clinic1|Clinic20|Clinic21")) |
	[.place[6:], .effect]] | group_by(.[1]) | map({(.[0][1]): map(.[0])}) | add')" \
	'{"changed":["10","11","12","13","14","15","16","17","18","19"],"failed":["21"],"same":["20"]}' \
	'who fails'

# a parameter of two clinics is their own affair; a comment is nobody's
git checkout -q -b own main
sed -i '1i -- a comment' lib/Low.sql
own=$(commit comment)
push own
run_once
is "$(report "$own" json | jq -c .mounts)" null 'a comment'
