#!/usr/bin/env bash
# A backup as docs/INSTALL.md says, refs first and the store behind them, while
# pushes and runs go on; restored on an empty place, every run that the copied
# refs name has all its tables, and nothing is computed again.
. "$(dirname "$0")/server.sh"
command -v rsync >/dev/null || skip 'there is no rsync here'

does account
does plain
bare=/srv/git/pipeline.git
as git sluice install --hide-runs $bare >/dev/null # the copy has them all the same
as git git -C $bare config sluice.sandbox none
does backup-place
as git git config --global user.name g
as git git config --global user.email g@example.org
as git git clone -q $bare desk 2>/dev/null
cd /srv/git/desk
example
chown -R git: .
as git bash -euc 'cd desk; git add -A; git commit -qm one; git push -q origin main'
as git sluice runner $bare 2>"$work/runner.log" &
started+=("$!")
runs() { as git git -C "${1:-$bare}" for-each-ref --format='%(refname)' refs/sluice/runs | wc -l; }
at_least() { [ "$(runs)" -ge "$1" ]; }
wait_for 60 at_least 1

# pushers: a branch after the other, each with tables of its own, until told
cat >/srv/git/pusher <<'E'
cd desk
i=0
while [ ! -e /srv/git/enough ]; do
	i=$((i + 1))
	git checkout -q -b "exp/$i" main
	sed -i "s/albumin < .*/albumin < 3.5 AND $i = $i/" ClinicA/Low.sql
	git commit -qam "the $i. of them"
	git push -q origin "exp/$i" 2>/dev/null
done
E
as git bash -eu pusher &
pusher=$!
started+=("$pusher")
wait_for 60 at_least 3
does backup
first=$(runs /srv/backup/pipeline.git)
wait_for 60 at_least $((first + 3))
does backup
second=$(runs /srv/backup/pipeline.git)
wait_for 60 at_least $((second + 2))
touch /srv/git/enough
wait "$pusher" || fail 'a push failed'
[ "$first" -ge 3 ] || fail "only $first runs were copied first"
[ "$second" -gt "$first" ] || fail 'the second backup copied nothing'

# the disk is gone
end_runner $bare
mv $bare /srv/lost
mv /srv/git/desk /srv/lost-desk
history() { # DIR: each run, and its parents: what there is, no more and no less
	as git git -C "$1" rev-list --all --glob=refs/sluice --parents | sort | sha256sum
}
copied=$(as git git -C /srv/backup/pipeline.git for-each-ref \
	--format='%(objectname) %(refname)' refs/sluice/runs)
rm -f /srv/git/enough /srv/git/pusher
does restore
lacks "$(cat "$work/restore.out")" 'missing' 'what verify says'
is "$(stat -c '%a %U' $bare/sluice)" '700 git' 'who may enter'

# each run that was copied is the branch's still, or has one behind it; and has
# every blob
n=0
while read -r id ref; do
	as git git -C $bare merge-base --is-ancestor "$id" "$ref" || fail "$ref lost $id"
	as git sh -c "cd $bare && sluice verify ${ref#refs/sluice/runs/}" >"$work/out" 2>&1 ||
		fail "verify $ref: $(cat "$work/out")"
	n=$((n + 1))
done <<<"$copied"
is "$n" "$second" 'runs that were verified'
is "$(as git sh -c "cd $bare && sluice store fsck --json" | jq -c '.damaged')" '[]' 'fsck'
is "$(as git sh -c "cd $bare && sluice get /ClinicA/Low" | wc -l)" 3 'a table'

# a tip that the backup has was run, once; what is pushed again is run again
is "$(as git git -C $bare for-each-ref refs/heads | wc -l)" "$(runs)" 'every tip has its run'
mv /srv/lost-desk /srv/git/desk
as git git -C desk push -q origin --all
as git sluice runner --once $bare 2>"$work/runner.log" || fail "$(cat "$work/runner.log")"
is "$(as git git -C $bare for-each-ref refs/heads | wc -l)" "$(runs)" 'and of what came later'
is "$(as git git -C $bare rev-list --count refs/sluice/runs/exp/1)" 1 'runs of the first'

# elsewhere: gc asks for the repository that the store knows of
mv $bare /srv/git/elsewhere.git
as git sh -c 'cd elsewhere.git && sluice store gc' >"$work/out" 2>&1 && fail 'gc went on'
has "$(cat "$work/out")" 'if it is gone for good, remove' 'what gc says'
