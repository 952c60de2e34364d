#!/usr/bin/env bash
# What docs/INSTALL.md says on upgrading, and on letting go of runs: nothing that
# was computed is computed again, and what nobody names leaves the store.
. "$(dirname "$0")/server.sh"

does account
does plain
bare=/srv/git/pipeline.git
as git git -C $bare config sluice.sandbox none
as git git config --global user.name g
as git git config --global user.email g@example.org
as git git clone -q $bare desk 2>/dev/null
cd /srv/git/desk
example
chown -R git: .
as git bash -euc 'cd desk; git add -A; git commit -qm one; git push -q origin main'
run_as_git() { as git sluice runner --once $bare >"$work/log" 2>&1 || fail "$(cat "$work/log")"; }
run_as_git
states() { sqlite3 $bare/sluice/runner/run.db \
	"SELECT group_concat(branch || ' ' || outcome, '|') FROM request"; }
is "$(states)" 'main success' 'before'

# the database of a sluice that is newer than this one: refused in words, with
# the status for which systemd does not start it again
sqlite3 $bare/sluice/runner/run.db 'PRAGMA user_version=99'
as git sluice runner --once $bare >"$work/out" 2>&1 && fail 'a newer format was taken'
rc=0
as git sluice runner --once $bare >"$work/out" 2>&1 || rc=$?
is "$rc" 2 'the exit status'
has "$(cat "$work/out")" 'has format 99' 'the words'
has "$(cat "$work/out")" 'sluice runner --rebuild-index' 'what to do'
as git git -C desk push -q origin HEAD:waits
does rebuild
is "$(states)" 'main success|waits success' 'after the index was made anew'
is "$(as git git -C $bare rev-list --count refs/sluice/runs/main)" 1 'runs of main'
is "$(as git git -C $bare show refs/sluice/runs/waits:run.json |
	jq -c '[.nodes[] | .status] | unique')" '["reused"]' 'keys stay'

# resident, for several repositories: each index is made anew, once, and not
# again whenever a setting changes
other=/srv/git/other.git
as git git init -q --bare -b main $other
as git sluice install $other >/dev/null
as git sluice runner --once $other 2>/dev/null
aside() { find "$1/sluice/runner" -regex '.*/run\.db\.[0-9]*' | wc -l; }
is "$(aside $bare) $(aside $other)" '1 0' 'indexes laid aside, before'
as git sluice runner --rebuild-index $bare $other 2>"$work/runner.log" &
started+=("$!")
wait_for 20 test -S $bare/sluice/runner/socket
wait_for 20 test -S $other/sluice/runner/socket
is "$(aside $bare) $(aside $other)" '2 1' 'indexes laid aside'
was=$(stat -c %i $bare/sluice/runner/socket)
as git git -C $bare config sluice.report.url https://reports.example.org/%s
begun_again() { [ "$(stat -c %i $bare/sluice/runner/socket 2>/dev/null)" != "$was" ] &&
	[ -S $bare/sluice/runner/socket ]; }
wait_for 30 begun_again
is "$(aside $bare)" 2 'indexes laid aside, after a setting changed'
end_runner $bare $other

# runs of deleted branches are let go, and what they alone name leaves
as git bash -euc 'cd desk; git checkout -q -b gone
	sed -i "s/albumin < .*/albumin < 3.0/" ClinicA/Low.sql
	git commit -qam two; git push -q origin gone'
run_as_git
low=$(as git git -C $bare show refs/sluice/runs/gone:manifest.json |
	jq -r '.nodes["ClinicA/Low"].table')
has_table() { [ -e "$bare/sluice/blobs/${low:0:2}/${low:2}" ]; }
has_table || fail 'the table is not where it is looked for'
as git git -C desk push -q origin :gone
run_as_git
as git sh -c "cd $bare && sluice store gc --grace 0" >/dev/null
has_table || fail 'gc took what a run names'
does let-go
is "$(as git git -C $bare for-each-ref refs/sluice/deleted)" '' 'runs that were let go'
has_table || fail 'gc did not wait'
as git sh -c "cd $bare && sluice store gc --grace 0" >/dev/null
has_table && fail 'nobody names it, and gc left it'
as git sh -c "cd $bare && sluice verify production && sluice store fsck" >"$work/out" ||
	fail "$(cat "$work/out")"
