#!/usr/bin/env bash
# A backup is restored over a repository that lives: refs go back in time, or
# the run database does, or one of them is lost. Nothing is called done that is
# not there, nothing is executed twice, production serves what its branch says.
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
example
echo '-- one' >>ClinicA/Low.sql
one=$(commit one)
push main
run_once
git checkout -q -b exp
echo '-- exp' >>ClinicA/Low.sql
exp=$(commit exp)
push exp
run_once
backup=$work/backup.git
cp -a "$bare" "$backup"
git checkout -q main
echo '-- two' >>ClinicA/Low.sql
two=$(commit two)
push main
run_once
git checkout -q exp
echo '-- more' >>ClinicA/Low.sql
more=$(commit more)
push exp
run_once
git checkout -q -b new
echo '-- new' >>ClinicA/Low.sql
new=$(commit new)
push new
run_once
good=$work/good.git
cp -a "$bare" "$good"

# how many nodes the latest run of a branch executed, its commit, what is served
computed() {
	run_of "$1" run.json |
		jq '[.nodes[] | select(.status == "computed")] | length'
}
run_is() { # BRANCH COMMIT WORDS
	is "$(run_of "$1" run.json | jq -r .commit)" "$2" "$3: the run of $1"
	has "$(cd "$bare" && sluice log "$1" | head -n 1)" "${2:0:12}" "$3: log $1"
}
served_is() { # COMMIT WORDS: and it is a run that is there
	local run
	run=$(git -C "$bare" log -1 --format=%s refs/sluice/production |
		sed 's/run \([0-9a-f]*\) of .*/\1/')
	is "$(git -C "$bare" show "$run:run.json" | jq -r .commit)" "$1" "$2: served"
}
# refs_of REPOSITORY PREFIX...: the refs below the prefixes become that one's
refs_of() {
	local from=$1 ref
	shift
	git -C "$bare" fetch -q "$from" '+refs/*:refs/backup/*' 2>/dev/null
	for ref in $(git -C "$bare" for-each-ref --format='%(refname)' "$@"); do
		git -C "$bare" update-ref -d "$ref"
	done
	git -C "$from" for-each-ref --format='update %(refname) %(objectname)' "$@" |
		git -C "$bare" update-ref --stdin
	git -C "$bare" for-each-ref --format='delete %(refname)' refs/backup |
		git -C "$bare" update-ref --stdin
}
fresh() { # NAME: a copy of the good one as $bare
	bare=$work/$1.git
	cp -a "$good" "$bare"

}
refs_at() { # DIR: the runs of main and exp
	git -C "$1" rev-parse refs/sluice/runs/main refs/sluice/runs/exp
}
settled() { # WORDS: another round finds nothing more to do
	local before
	before=$(requests | wc -l)
	run_once
	is "$(requests | wc -l)" "$before" "$1: another round"
	is "$(requests | grep -cE ' (queued|running) ' || true)" 0 "$1: left"
	git -C "$bare" fsck --connectivity-only >/dev/null 2>&1 || fail "$1: git fsck"
}

# 1. all refs go back; the database is newer
fresh all
refs_of "$backup" refs/heads refs/sluice refs/notes
run_once
run_is main "$one" 'all refs'
run_is exp "$exp" 'all refs'
is "$(refs_at "$bare")" "$(refs_at "$backup")" 'all refs: nothing runs again'
served_is "$one" 'all refs'
is "$(git -C "$bare" for-each-ref refs/sluice/runs/new)" '' 'all refs: a branch that is gone'
settled 'all refs'
# what was lost is pushed once more: as if for the first time, but for the work
cd "$clone"
git push -q "$bare" main exp new 2>/dev/null
run_once
run_is main "$two" 'pushed once more'
run_is new "$new" 'pushed once more'
is "$(computed main) $(computed exp)" '0 0' 'pushed once more: computed'
served_is "$two" 'pushed once more'
settled 'pushed once more'

# 2. the branches stay, our refs go back: what is called done has no run there
fresh ours
refs_of "$backup" refs/sluice refs/notes
run_once
run_is main "$two" 'our refs'
run_is exp "$more" 'our refs'
run_is new "$new" 'our refs'
is "$(computed main) $(computed exp) $(computed new)" '0 0 0' 'our refs: computed'
has "$(note_of "$two")" 'no delivered table changes' 'our refs: the note'
served_is "$two" 'our refs'
is "$(git -C "$bare" rev-list --count refs/sluice/production)" 2 'our refs: production'
settled 'our refs'

# 3. our refs are lost altogether (a mirror that was made of the branches), and
# a resident runner sees it happen
fresh lost
start_runner
git -C "$bare" for-each-ref --format='delete %(refname)' refs/sluice refs/notes |
	git -C "$bare" update-ref --stdin
back() { [ "$(git -C "$bare" for-each-ref refs/sluice/runs | wc -l)" = 3 ]; }
wait_for 60 back
is_served() { git -C "$bare" rev-parse -q --verify refs/sluice/production >/dev/null; }
wait_for 60 is_served
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
run_is main "$two" 'lost refs'
is "$(computed main)" 0 'lost refs: computed'
served_is "$two" 'lost refs'
settled 'lost refs'

# 4. the database goes back, the refs do not: what they know is not run again
fresh database
cp "$backup"/sluice/runner/run.db* "$bare/sluice/runner/"
run_once
is "$(runs_of main) $(runs_of exp) $(runs_of new)" '2 2 1' 'an older database: runs'
has "$(requests)" "main $two done success" 'an older database'
has "$(requests)" "exp $more done success" 'an older database'
settled 'an older database'
# one that was taken while the push was queued, and while it ran
for state in queued running; do
	fresh "$state"
	cp "$backup"/sluice/runner/run.db* "$bare/sluice/runner/"
	sqlite3 "$bare/sluice/runner/run.db" "
		INSERT INTO request(branch, commit_id, state, queued)
			VALUES('main', '$two', '$state', 1);
		UPDATE tip SET commit_id = '$two', run = '' WHERE branch = 'main'"
	run_once
	is "$(runs_of main)" 2 "a database with the push $state: runs"
	has "$(requests)" "main $two done success" "a database with the push $state"
	settled "a database with the push $state"
done

# 5. the database is lost: by a command that asks first, and while a runner is
# resident
fresh asked
rm "$bare"/sluice/runner/run.db*
(cd "$bare" && sluice status >/dev/null)
(cd "$bare" && sluice log >/dev/null)
run_once
is "$(runs_of main) $(runs_of exp) $(runs_of new)" '2 2 1' 'a lost database: runs'
is "$(requests | grep -c 'done success')" 5 'a lost database: what is known again'
settled 'a lost database'
fresh resident
start_runner
rm "$bare"/sluice/runner/run.db*
cd "$clone"
git checkout -q exp
echo '-- last' >>ClinicA/Low.sql
last=$(commit last)
git push -q "$bare" exp 2>/dev/null
ran() { [ -f "$bare/sluice/runner/run.db" ] && requests 2>/dev/null | grep -q "exp $last done success"; }
wait_for 60 ran
is "$(runs_of exp)" 3 'lost while resident: runs'
is "$(runs_of main)" 2 'lost while resident: nothing again'
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
settled 'lost while resident'
# a retry of history is no tip
fresh retried
sqlite3 "$bare/sluice/runner/run.db" \
	"UPDATE request SET outcome = 'failure' WHERE commit_id = '$one'"
(cd "$bare" && sluice retry "$one" >/dev/null)
run_once
is "$(runs_of main)" 3 'a retry of history'
sluice runner --once --rebuild-index "$bare" 2>/dev/null
is "$(runs_of main)" 3 'rebuilt behind a retry of history: runs'
served_is "$two" 'rebuilt behind a retry of history'

# 6. refs that move with no hook, all at once
fresh moved
git -C "$bare" update-ref --stdin <<E
update refs/heads/main $one
update refs/heads/exp $two
create refs/heads/other $new
delete refs/heads/new
E
run_once
run_is main "$one" 'moved'
run_is exp "$two" 'moved'
run_is other "$new" 'moved'
served_is "$one" 'moved'
is "$(computed main) $(computed exp) $(computed other)" '0 0 0' 'moved: computed'
settled 'moved'
