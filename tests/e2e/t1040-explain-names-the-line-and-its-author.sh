#!/usr/bin/env bash
# explain: why a node would run, ran, or was reused, with the line behind it
# and who wrote it.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
write A.csv <<'E'
id,v
1,10
2,20
E
write B.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./A
SELECT id, v FROM A
E
write C.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./B
SELECT sum(v) AS v FROM B
E
one=$(commit one)
sluice run >/dev/null 2>&1
is "$(sluice explain C --json | jq -c '[.affected, .status, .because]')" '[false,"computed","new"]' "as committed"
sed -i 's/SELECT id, v FROM A/SELECT id, v + 1 AS v FROM A/' B.sql
has "$(sluice explain B)" "affected by its code: B.sql:3" "uncommitted"
has "$(sluice explain B)" "last run, before the files changed: computed" "what ran is of other files"
lacks "$(sluice explain B)" "the same as" "the key of other files"
GIT_AUTHOR_NAME=Bea commit two >/dev/null
two=$(git rev-parse HEAD)
sluice run >/dev/null 2>&1
sluice run --at HEAD >/dev/null 2>&1
sluice run --at "$one" >/dev/null 2>&1
text=$(sluice explain B "$one..$two")
has "$text" "affected by its code: B.sql:3 (Bea, ${two:0:7})" "the line's author"
has "$text" "key: differs from that of ${one:0:7} in code" "the part of the key"
text=$(sluice explain C "$one..$two")
has "$text" "affected by its input B, through B.sql:3 (Bea, ${two:0:7})" "below"
has "$text" "key: differs from that of ${one:0:7} in input B: column v" "the column that differs"
text=$(sluice explain A "$one..$two")
has "$text" "its text, and that of all it reads, is as in ${one:0:7}" "not touched"
has "$text" "key: the same as that of ${one:0:7}" "the same key"
code=0
sluice explain D 2>"$work/err" || code=$?
[ "$code" != 0 ] || fail "explains what is not there"
has "$(cat "$work/err")" "D" "names what it does not find"

# an override that is taken away: what was below it takes its place
mkdir "$work/q" && cd "$work/q" && git init -q
sluice init >/dev/null
commit one >/dev/null
sluice run >/dev/null 2>&1
rm ClinicB/Result.sql
has "$(sluice plan)" "changed ClinicB/Result, to what the base has already" "plan"
has "$(sluice explain ClinicB/Result)" "to what HEAD has already at another path" "explain"
