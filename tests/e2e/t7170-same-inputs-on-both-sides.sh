#!/usr/bin/env bash
# Fair comparison: a branch's tables are compared with what the base's code
# gives of the same inputs, also where the base's run had older ones. A branch
# without a semantic change on a day with new data changes nothing by code; what
# fresh data did is told apart, and both are right to the row. Where the base's
# code fails on the new data that is said. Production's own run says what fresh
# data alone did. The manifest's bytes know nothing of it.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
FORGE=gitea start_forge
git -C "$bare" config sluice.forge.type gitea
echo x >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
landing=$work/landing
git -C "$bare" config sluice.landing "$landing"
mkdir "$landing"
make_clone

# deliver FROM TO: labs.csv with those ids, the value twice the id
deliver() {
	{
		echo id,value
		seq "$1" "$2" | awk '{print $1 "," $1 * 2}'
	} >"$landing/labs.csv"
	touch -d '1 hour ago' "$landing/labs.csv"
}
take() {
	(cd "$bare" && sluice snapshot --take >/dev/null 2>&1) || fail 'sluice snapshot'
}
report() { (cd "$bare" && sluice report "$1" --format json 2>/dev/null | jq -c "$2"); }
# shown COMMIT: the newest sluice/data
shown() {
	jq -r --arg c "$1" 'select(.method == "POST" and .accepted and
		(.path | endswith($c)) and .body.context == "sluice/data") |
		.body.state + " " + .body.description' "$forge_log" | tail -n 1
}

deliver 1 1000
write Labs.sql <<'E'
-- @include action/source/file
-- @path labs.csv
-- @column id integer
-- @column value integer
E
write High.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Labs
-- @release
-- @key id
-- @warn range(value, *, 1900)
SELECT id, value FROM Labs WHERE value > 100
E
one=$(commit one)
push main
run_once
is "$(shown "$one")" 'success not applicable: nothing to compare with' 'first'

# 1. Another branch brings production the new data; this one is still of the
# old commit, whose run had the old data: the fourth cell is made.
git checkout -q -b words
sed -i '1i -- only a comment' High.sql
words=$(commit 'words')
git checkout -q main
deliver 1 1300
take
echo x >Readme
two=$(commit two)
push main
run_once
is "$(report "$two" '[.same_inputs, .tables]')" '[true,[]]' 'production, another commit'
is "$(report "$two" '[.fresh[] | [.node, .rows_before, .rows_after, .added, .removed]]')" \
	'[["High",950,1250,300,0]]' 'what fresh data did to production'
push words
run_once
is "$(report "$words" '[.same_inputs, .tables]')" '[true,[]]' 'no row by code'
is "$(report "$words" '[.fresh[] | [.node, .rows_before, .rows_after, .added, .removed, .changed]]')" \
	'[["High",950,1250,300,0,0]]' 'fresh data apart'
is "$(shown "$words")" 'success no data change by code; fresh data changes 1' 'the status'
has "$(run_of words report.md)" 'fair: same inputs of' 'the report'
has "$(run_of words report.md)" 'fresh data alone changes 1 delivered table' 'the report'
# of 1300 values those above 1900 are 350, whichever code made them
has "$( (cd "$bare" && sluice report words 2>/dev/null))" \
	'warning: 350 rows offend, as before' 'a warning of the base, with the new data, is no news'
fair=$(run_of words run.json | jq -r .fair_manifest)
lacks "$(run_of words manifest.json)" "$fair" 'the manifest'
is "$(run_of words run.json | jq -r '.base_manifest != .fair_manifest')" true 'two cells'

# 2. The code changes, too: each effect is right to the row.
git checkout -q -b code "$one"
sed -i 's/value FROM Labs WHERE value > 100/value + (id % 10 = 0) AS value FROM Labs WHERE value > 200/' High.sql
code=$(commit 'code')
push code
run_once
# of 1300 ids those above 50 are 1250; above 100, 1200; of those 120 end with 0
is "$(report "$code" '[.tables[] | [.node, .rows_before, .rows_after, .added, .removed, .changed]]')" \
	'[["High",1250,1200,0,50,120]]' 'by code'
is "$(report "$code" '[.fresh[] | [.node, .rows_before, .rows_after, .added, .removed, .changed]]')" \
	'[["High",950,1250,300,0,0]]' 'by fresh data'
is "$(shown "$code")" \
	'success 1 delivered table changes by code: +0 −50 ~100; fresh data changes 1' 'the status'

# the same run once more has the same report: the cells are in the record
(cd "$bare" && sluice report code --format md 2>/dev/null) >"$work/md"
(cd "$bare" && sluice report code --format md 2>/dev/null) | cmp - "$work/md" || fail 'the same bytes'
is "$(report code '.provenance.fair_manifest')" \
	"\"$(run_of code run.json | jq -r .fair_manifest)\"" 'provenance'
# and the cell outlives a collection of garbage
(cd "$bare" && sluice store gc --grace 0 >/dev/null && sluice store gc --grace 0 >/dev/null)
is "$(report code '[.same_inputs, .tables[0].removed, .fresh[0].added]')" '[true,50,300]' 'behind gc'

# 3. The base's code fails on the new data, and the branch mends it.
git checkout -q main
write Part.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Labs
-- @release
-- @key part
SELECT CASE WHEN id > 1500 THEN abs(-9223372036854775807 - 1) ELSE id END AS part FROM Labs
E
write Readme <<<three
commit 'a sum that fits so far' >/dev/null
push main
run_once
git checkout -q -b mends
sed -i "s/SELECT .* AS part/SELECT DISTINCT id % 1500 AS part/" Part.sql
mends=$(commit 'mended')
git checkout -q main
deliver 1 1600
take
echo y >Readme
commit four >/dev/null
push main
run_once
push mends
run_once
is "$(report "$mends" '[.same_inputs, (.tables[] | [.node, .change])]')" \
	'[true,["Part","back"]]' 'nothing is claimed of it'
has "$(run_of mends report.md)" \
	"cannot be separated: the base's code has no table of them for 1 node" 'in words'

# 4. Production's own run at new data: the data's alone.
git checkout -q main
git merge -q mends
five=$(commit five)
push main
run_once
deliver 1 1700
take
run_once
is "$(report "$five" '[.fresh_data, (.tables[] | select(.delivered) | [.node, .added])]')" \
	'[true,["High",100]]' 'fresh data'
has "$(shown "$five")" 'by fresh data: +100 −0' 'the status'

# at the desk, of two commits whose runs had other sources
cd "$bare"
sluice diff "$one..$two" >"$work/diff" 2>"$work/err" || fail "diff: $(cat "$work/err")"
lacks "$(cat "$work/diff")" High 'a difference of the code alone'
has "$(cat "$work/err")" 'fair: both sides have the inputs of' 'what is compared'
