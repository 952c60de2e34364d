#!/usr/bin/env bash
# sluice/promote counts the tests of the merge: those that do not hold, keys
# and test cases among them, and those that two branches together have never
# seen, though each table is there.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
start_forge
echo x >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
shown() { # REV: the newest sluice/promote of its commit
	curl -s --noproxy '*' -H 'Authorization: Bearer x' \
		"${forge_url%/repos/*}/repos/clinic/data/commits/$(git rev-parse "$1")/statuses" |
		jq -r '[.[] | select(.context == "sluice/promote")][0] | "\(.state) \(.description)"'
}
make_clone
write Drug.csv <<'E'
code
a
b
E
write Dose.csv <<'E'
id,drug
1,a
2,b
E
write Dose <<'E'
@key id
@warn in(drug, 'a')
E
write Count.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Dose
SELECT count(*) AS n FROM Dose
E
commit 'all is well' >/dev/null
push main
run_once
branch() { # NAME COMMAND...: a branch of main with one change, pushed
	git checkout -q -b "$1" main
	"${@:2}"
	commit "$1" >/dev/null
	push "$1"
}
add_test() { echo '@test references(drug, ./Drug.code)' >>Dose; }
drop_drug() { sed -i '/^b$/d' Drug.csv; }
break_key() { echo '2,a' >>Dose.csv; }
add_case() {
	mkdir -p Count.test/two
	printf 'id,drug\n1,a\n2,a\n' >Count.test/two/Dose.csv
	printf 'n\n3\n' >Count.test/two/expect.csv
}
branch tested add_test
branch dropped drop_drug
branch twice break_key
branch cased add_case
run_once
is "$(shown tested)" 'success merge runs 0 nodes (as merged here)' 'a test that holds, a warning that does not'
is "$(shown dropped)" 'success merge runs 0 nodes (as merged here)' 'a table that nobody tests'
is "$(shown twice)" 'failure 1 test of the merge does not hold (as merged here)' 'a key'
is "$(shown cased)" 'failure 1 test of the merge does not hold (as merged here)' 'a test case'

# green alone; together the test is one that nobody has computed
git checkout -q main
git merge -q dropped -m merged
push main
run_once
is "$(shown tested)" \
	'failure 1 test of the merge was never computed: base moved, merge main into it first (as merged here)' 'together'
# and so it is: red
git checkout -q -b both tested
git merge -q main -m both
push both
run_once
is "$(requests | tail -n 1 | cut -d' ' -f3-)" 'done failure' 'both'
is "$(shown both)" 'failure 1 test of the merge does not hold (as merged here)' 'said so'
# from then on it is known of the first, too
git checkout -q main
echo >>Count.sql
commit 'a line' >/dev/null
push main
run_once
is "$(shown tested)" 'failure 1 test of the merge does not hold (as merged here)' 'known'
