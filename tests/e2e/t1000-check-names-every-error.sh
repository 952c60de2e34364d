#!/usr/bin/env bash
# `sluice check` tells all errors of a pipeline, in order of place, as
# file:line:column with the way the file came here; its exit status is 3.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
git init -q p
cd p

write lib/library <<'E'
@abstract
E
write lib/Patient.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./raw
SELECT id FROM raw
E
write A/mount <<'E'
@include /lib
E
write A/Count.sql <<'E'
@include action/sql/sqlite
@depend Patient
SELECT count(*) AS n FROM Patient
E

rc=0
sluice check >out 2>err || rc=$?
is "$rc" 3 "exit status of a pipeline with errors"
is "$(grep -c '^[^ ]' out)" 2 "one line an error"
has "$(sed -n 1p out)" "A/Count.sql:2:9: " "the first error's place"
has "$(sed -n 1p out)" "./Patient" "what was meant"
has "$(sed -n 2p out)" "lib/Patient.sql:2:12: " "the second error's place"
is "$(sed -n 3p out)" "  mounted at A/mount:1:1" "how the file came here"

rc=0
sluice check --json >out.json 2>err || rc=$?
is "$rc" 3 "exit status of --json"
is "$(jq -c '[.errors[] | [.path, .line, .column]]' out.json)" \
	'[["A/Count.sql",2,9],["lib/Patient.sql",2,12]]' "places as JSON"
is "$(jq -c '.errors[1].chain' out.json)" '["A/mount:1:1"]' "the chain"
is "$(jq -c .warnings out.json)" '[]' "no warnings"
is "$(jq -c 'keys' out.json)" '["errors","nodes","warnings"]' "the fields"

# The same of a commit, when the work tree was already mended.
commit "two errors" >/dev/null
write A/raw.csv <<'E'
id
1
E
sed -i 's,@depend Patient,@depend ./Patient,' A/Count.sql
sluice check >out 2>err || fail "the mended work tree: $(cat out)"
is "$(cat out)" "" "nothing is wrong"
is "$(sluice check --json 2>/dev/null | jq -c .)" \
	'{"errors":[],"nodes":3,"warnings":[]}' "a sound pipeline as JSON"
rc=0
sluice check --at HEAD >out 2>err || rc=$?
is "$rc" 3 "exit status of the commit"

# A plain directory needs no repository; an unknown option is usage.
mkdir "$work/plain"
cp -r A lib "$work/plain"
sluice check "$work/plain" 2>/dev/null || fail "a plain directory"
rc=0
sluice check --nonsense 2>/dev/null || rc=$?
is "$rc" 2 "exit status of an unknown option"
rc=0
sluice check --set site=A >out 2>/dev/null || rc=$?
is "$rc" 3 "exit status where nothing uses a --set"
has "$(cat out)" "site" "the parameter that nothing uses"
