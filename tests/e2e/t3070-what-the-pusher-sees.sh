#!/usr/bin/env bash
# With a resident runner the push itself says what it touches, where, and how
# much is below it: at most five lines, nothing of it able to act on a terminal.
. "$(dirname "$0")/lib.sh"

said() { sed -n 's/^remote: \(sluice:.*[^ ]\) *$/\1/p' "$work/pushed"; }
# the machine may be busy: what was not known in time is "queued"; then the ref
# is taken back on the server, and the same is pushed again
asked() { # BRANCH
	for _ in $(seq 100); do
		push "$1"
		said | grep -q ' queued' || return 0
		git -C "$bare" update-ref -d "refs/heads/${1#*refs/heads/}"
	done
	fail "never answered in time: $(cat "$work/pushed")"
}

make_bare
make_clone
start_runner
example
commit 'four nodes' >/dev/null
asked main
is "$(said)" "sluice: 4 of 4 nodes affected on main (no base, inputs of 2026-11-20)
sluice:   ClinicA/Count  added  ClinicA/Count.sql:3
sluice:   ClinicA/Low  added  ClinicA/Low.sql:3
sluice:   ClinicA/Patient  added  ClinicA/Patient.csv:1
sluice:   1 more. Report: sluice report main" 'a first push'

git checkout -q -b exp/albumin
sed -i 's/3.5/3.0/' ClinicA/Low.sql
commit 'lower' >/dev/null
asked exp/albumin
is "$(said)" "sluice: 3 of 4 nodes affected on exp/albumin (base main, inputs of 2026-11-20)
sluice:   ClinicA/Low  changed  ClinicA/Low.sql:3
sluice:   2 below it. Report: sluice report exp/albumin" 'a change'

git commit -q --allow-empty -m 'nothing'
git checkout -q -b same main
git commit -q --allow-empty -m 'the same tree'
asked same
is "$(said)" 'sluice: none of 4 nodes affected on same (base main, inputs of 2026-11-20)' \
	'no change'

git checkout -q -b wrong main
sed -i 's/@depend/@depnd/' ClinicA/Low.sql
commit 'a slip' >/dev/null
asked wrong
said >"$work/said"
has "$(head -n 1 "$work/said")" 'error' 'errors: how many'
has "$(cat "$work/said")" 'ClinicA/Low.sql:2:' 'errors: the place'
[ "$(wc -l <"$work/said")" -le 5 ] || fail 'more than five lines'

# a deletion and a tag have no plan; of the first it is said what becomes of it
push :wrong
case $(said) in
*queued*) ;; # not known in time
*) is "$(said)" 'sluice: wrong is gone: nothing of it runs, its runs are kept' 'a deletion' ;;
esac
git tag v1
push v1
is "$(said)" '' 'a tag'

# what cannot be run because of its name is not passed over in silence; what
# turns the text of a terminal is shown as it is written
for name in "$(printf 'x%.0s' {1..201})" $'caf\xe9'; do
	push "HEAD:refs/heads/$name"
	is "$(said)" 'sluice: a branch is not run: its name is not UTF-8, or longer than 200 bytes' \
		'a name that is not run'
	git push -q origin ":refs/heads/$name" 2>/dev/null
done
asked HEAD:refs/heads/$'x\u202egpj'
has "$(said)" 'on x\u{202e}gpj' 'a name that turns the text'
