#!/usr/bin/env bash
# The repository is `git`'s, the runner is `sluice`'s: they share it by its
# group, whatever the umask; neither leaves anything that stops the other.
. "$(dirname "$0")/server.sh"

does account
does plain
bare=/srv/git/pipeline.git
does other
does other-share
as sluice sluice runner --once $bare >"$work/out" 2>&1 && fail 'trusted without being told'
does other-trust

as git git clone -q $bare desk 2>/dev/null
cd /srv/git/desk
example
write ClinicB/Who.sh <<'E'
# @include action/bash
printf 'n\n%d\n' "$(id -u)" >out.csv
E
chown -R git: /srv/git/desk
push_as_git() { # BRANCH WORDS: all that was edited
	chown -R git: /srv/git/desk
	as git bash -ec "cd desk; git add -A
		git -c user.name=g -c user.email=g@x.org commit -q --allow-empty -m '$2'
		git push origin HEAD:$1" >"$work/pushed" 2>&1 ||
		fail "push: $(cat "$work/pushed")"
}
noted() { as git git -C $bare notes --ref=sluice show "$1" >"$work/note" 2>/dev/null; }

# the first push waits in the spool of a repository nobody serves
push_as_git main one
has "$(cat "$work/pushed")" 'queued; no runner is here' 'spooled as git'
as sluice sluice runner $bare 2>"$work/runner.log" &
started+=("$!")
wait_for 20 test -S $bare/sluice/runner/socket
wait_for 60 noted main
has "$(cat "$work/note")" '5 nodes' 'the note'
is "$(find $bare/sluice/runner/spool -type f)" '' 'the spool'
is "$(as sluice sh -c "git -C $bare show refs/sluice/runs/main:run.json" | jq -r .user)" \
	git 'who pushed'

# runs and pushes in turn, so that both make directories of objects and refs;
# then git packs all of it, and again
for i in 1 2 3 4 5; do
	sed -i "s/albumin < .*/albumin < $i.5/" ClinicA/Low.sql
	push_as_git "exp/b$i" "albumin $i"
	has "$(cat "$work/pushed")" 'remote: sluice: ' "push $i"
	lacks "$(cat "$work/pushed")" 'not queued' "push $i"
	wait_for 60 noted "exp/b$i"
	[ "$i" != 3 ] || as git git -C $bare gc -q
done
is "$(find $bare -type d ! -perm -g+ws ! -path '*/hooks*')" '' 'directories that the group cannot use'
as git git -C $bare push -q . :exp/b1
gone() { ! as git git -C $bare rev-parse -q --verify refs/sluice/runs/exp/b1 >/dev/null; }
wait_for 30 gone
as git git -C $bare fsck --strict >"$work/out" 2>&1 || fail "fsck: $(cat "$work/out")"

# the two groups of people: the runner's commands are the runner's account's
is "$(as sluice sh -c "cd $bare && sluice status --json" | jq -r .runner)" true 'status'
as sluice sh -c "cd $bare && sluice verify production" >/dev/null
# and nobody else's
runuser -u nobody -- ls $bare/sluice >/dev/null 2>&1 && fail 'others can enter'
is "$(stat -c %A $bare/sluice)" 'drwxrws---' 'who may enter'
