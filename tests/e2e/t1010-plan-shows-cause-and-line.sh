#!/usr/bin/env bash
# `sluice plan` names the nodes a change touches and the user's line behind
# each: of the work tree, of A..B, of A...B from the merge base.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
git init -q p
cd p

write lib/library <<'E'
@abstract
@param site
E
write lib/Patient.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./raw
SELECT id, {{site}} AS site
FROM raw
E
write lib/Count.sql <<'E'
@include action/sql/sqlite
@depend ./Patient
SELECT count(*) AS n FROM Patient
E
write A/mount <<'E'
@include /lib site=A
E
write A/raw.csv <<'E'
id
1
E
write Alone.sql <<'E'
@include action/sql/sqlite
SELECT 1 AS a
E
first=$(commit "first")

is "$(sluice plan)" "0 of 4 nodes affected (${first:0:7}..files)" \
	"nothing is changed"

# An edit in the work tree: the line, and what is below it.
sed -i 's/^FROM raw/FROM raw WHERE id > 0/' lib/Patient.sql
is "$(sluice plan)" "2 of 4 nodes affected (${first:0:7}..files)
  A/Count    input    A/Patient
  A/Patient  changed  lib/Patient.sql:4" "an edit"
is "$(sluice plan --json)" "$(jq -cS --arg base "$first" '.base = $base' <<'E'
{"base": "", "head": null, "nodes": 4, "changed": ["A/Patient"],
 "added": [], "removed": [], "moved": [],
 "affected": ["A/Count", "A/Patient"],
 "why": {"A/Count": {"cause": "input", "path": "lib/Patient.sql", "line": 4, "input": "A/Patient"},
         "A/Patient": {"cause": "code", "path": "lib/Patient.sql", "line": 4}}}
E
)" "an edit as JSON"
git checkout -q .

# A parameter at the mount, a table, a new node, a node that goes.
git checkout -q -b branch
sed -i 's/site=A/site=B/' A/mount
echo 2 >>A/raw.csv
git mv Alone.sql A/Moved.sql
write New.sql <<'E'
@include action/sql/sqlite
SELECT 2 AS a
E
second=$(commit "second")
is "$(sluice plan "$first..$second")" \
	"4 of 5 nodes affected (${first:0:7}..${second:0:7})
  A/Count    input    A/Patient
  A/Patient  param    A/mount:1
  A/raw      file     A/raw.csv:3
  New        added    New.sql:2
moved Alone to A/Moved" "two commits"
is "$(sluice plan --json "$first..$second" | jq -c '[.changed, .added, .removed, .moved]')" \
	'[["A/Patient","A/raw"],["New"],[],[{"from":"Alone","to":"A/Moved"}]]' \
	"the lists"
is "$(sluice plan --json "$first..$second" | jq -c '.why["A/Patient"]')" \
	'{"cause":"param","line":1,"path":"A/mount"}' "a parameter's place"

# From the merge base: what main did since is not the branch's.
git checkout -q main
sed -i 's/1 AS a/3 AS a/' Alone.sql
third=$(commit "third")
is "$(sluice plan --json main...branch | jq -c '[.base, .head, .affected]')" \
	"[\"$first\",\"$second\",[\"A/Count\",\"A/Patient\",\"A/raw\",\"New\"]]" \
	"three dots"
is "$(sluice plan --json main..branch | jq -c '[.base, .affected]')" \
	"[\"$third\",[\"A/Count\",\"A/Moved\",\"A/Patient\",\"A/raw\",\"New\"]]" \
	"two dots"
is "$(sluice plan --json ..branch | jq -c '[.base, .head]')" \
	"[\"$third\",\"$second\"]" "what is left out is HEAD"
is "$(sluice plan --json branch.. | jq -c '[.base, .head]')" \
	"[\"$second\",\"$third\"]" "on either side"
is "$(sluice plan --json branch | jq -c '[.base, .head]')" "[\"$second\",null]" \
	"one revision is compared with the files"

# A bare repository has no files; production is its branch before any run.
git clone -q --bare . "$work/bare.git"
cd "$work/bare.git"
is "$(sluice plan --json production..branch | jq -c '[.base, .head]')" \
	"[\"$third\",\"$second\"]" "production"
rc=0
sluice plan 2>err || rc=$?
is "$rc" 2 "exit status without a revision in a bare repository"
rc=0
sluice plan nowhere..branch 2>err || rc=$?
is "$rc" 2 "exit status of an unknown revision"
has "$(cat err)" "nowhere" "the unknown revision"

# An error in the head is told as check tells it.
cd "$work/p"
sed -i 's/@depend/@dpend/' lib/Count.sql
rc=0
sluice plan >out 2>err || rc=$?
is "$rc" 3 "exit status of a head with errors"
has "$(cat err)" "lib/Count.sql:2:1: " "the error"
is "$(cat out)" "" "no plan"
