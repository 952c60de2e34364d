#!/usr/bin/env bash
# A chain of hooks as Gitaly runs it: custom_hooks/post-receive, then
# custom_hooks/post-receive.d/*, then the global directory's, in the order of
# their names, to the first that fails. Ours never does; wikis, designs and
# snippets are none of ours.
. "$(dirname "$0")/server.sh"

does account
bare=/srv/git/gitlab/@hashed/6b/86/6b86b2.git
as git git init -q --bare -b main $bare
mkdir -p /srv/gitaly
cat >/srv/gitaly/post-receive <<'E'
#!/usr/bin/env bash
# as GitLab's documentation of server hooks says; $CHAIN_DIR: another directory
# to call them in
updates=$(cat)
repository=$PWD
export GIT_DIR=${CHAIN_GIT_DIR:-.}
cd "${CHAIN_DIR:-.}"
export GIT_OBJECT_DIRECTORY=$repository/objects/incoming-gone \
	GIT_ALTERNATE_OBJECT_DIRECTORIES=$repository/objects
for hook in "$repository"/custom_hooks/post-receive \
	"$repository"/custom_hooks/post-receive.d/* \
	/srv/git/custom_hooks/post-receive.d/*; do
	case $hook in *~) continue ;; esac
	test -f "$hook" && test -x "$hook" || continue
	printf '%s\n' "$updates" | "$hook" || exit
done
E
cat >/srv/serv <<'E'
#!/bin/sh
export GL_ID="${GL_ID-user-3}" GL_USERNAME="${GL_USERNAME-alice}" \
	GL_PROJECT_PATH=clinic/data GL_PROTOCOL=ssh \
	GL_REPOSITORY="${GL_REPOSITORY-project-7}"
exec git -c core.hooksPath=/srv/gitaly receive-pack "$@"
E
chmod 755 /srv/serv /srv/gitaly/post-receive
put_by() { # REFSPEC [VARIABLE...]
	as git "${@:2}" git -C desk push --receive-pack=/srv/serv $bare "$1" \
		>"$work/pushed" 2>&1 || fail "push: $(cat "$work/pushed")"
}
state_of() { as git bash -c "$(declare -f state); state $bare"; }
others() { # DIR NAME STATUS: a hook of somebody else's
	mkdir -p "$1"
	printf '#!/bin/sh\nsed "s/^/%s /"\nexit %d\n' "$2" "$3" >"$1/$2"
	chmod +x "$1/$2"
	chown -R git: "$1"
}
user_of() { as git git -C $bare show "refs/sluice/runs/$1:run.json" | jq -r .user; }
run_it() { as git sluice runner --once $bare >"$work/log" 2>&1 || fail "$(cat "$work/log")"; }
mkdir /srv/git/desk && cd /srv/git/desk
git init -q
example
main=$(commit 'four nodes')
chown -R git: /srv/git/desk

# one repository
as git mkdir $bare/custom_hooks
first=$(state_of)
as git rmdir $bare/custom_hooks
does gitlab
has "$(cat "$work/gitlab.out")" "installed $bare/custom_hooks/post-receive" 'the place'
[ ! -e $bare/hooks/post-receive ] || fail 'in hooks/, too'
put_by HEAD:main
has "$(cat "$work/pushed")" 'remote: sluice: queued' 'what alice sees'
run_it
has "$(as git git -C $bare notes --ref=sluice show "$main")" '4 nodes' 'the note'
is "$(user_of main)" alice 'who pushed'

# a deploy key has no name; GIT_DIR may be relative to another directory
put_by HEAD:key GL_USERNAME= GL_ID=key-9 CHAIN_DIR=.. CHAIN_GIT_DIR=6b86b2.git
has "$(cat "$work/pushed")" 'remote: sluice: queued' 'from another directory'
run_it
is "$(user_of key)" key-9 'a deploy key'

for other in wiki-7 design-7 snippet-1; do
	put_by "HEAD:$other" "GL_REPOSITORY=$other"
	lacks "$(cat "$work/pushed")" sluice: "$other"
done
is "$(find $bare/sluice/runner/spool -type f)" '' 'spooled of others'

# a hook that is there is chained, or left alone where there is a directory
as git sluice install --uninstall $bare >/dev/null
is "$(state_of)" "$first" 'as before'
others $bare/custom_hooks/post-receive.d 50-theirs 0
second=$(state_of)
as git sluice install $bare >"$work/out"
has "$(cat "$work/out")" "installed $bare/custom_hooks/post-receive.d/sluice" 'the directory'
others $bare/custom_hooks/post-receive.d sluice-not~ 1
others $bare/custom_hooks/post-receive.d zz-last 0
put_by HEAD:chain
is "$(sed -n 's/^remote: \(50-theirs\|sluice:\|zz-last\) .*/\1/p' "$work/pushed" | tr '\n' ' ')" \
	'50-theirs sluice: zz-last ' 'in order, to the end'

# one before ours fails: ours is not called, the runner finds the push
others $bare/custom_hooks/post-receive.d 50-theirs 1
put_by HEAD:lost
lacks "$(cat "$work/pushed")" sluice: 'behind one that fails'
run_it
is "$(as git git -C $bare rev-list --count refs/sluice/runs/lost)" 1 'found all the same'
rm $bare/custom_hooks/post-receive.d/{zz-last,sluice-not~}
others $bare/custom_hooks/post-receive.d 50-theirs 0
as git sluice install --uninstall $bare >/dev/null
is "$(state_of)" "$second" 'as before, in the directory'

# all repositories
does gitlab-global
has "$(cat "$work/gitlab-global.out")" \
	'installed /srv/git/custom_hooks/post-receive.d/sluice' 'the global place'
put_by HEAD:global
has "$(cat "$work/pushed")" 'remote: sluice: queued' 'from the global place'
run_it
is "$(user_of global)" alice 'who pushed, global'
as git sluice install --uninstall $bare >/dev/null
put_by HEAD:off
lacks "$(cat "$work/pushed")" sluice: 'global, not installed here'
as git sluice install --hooks custom_hooks --uninstall >/dev/null
is "$(find /srv/git/custom_hooks -type f)" '' 'the global place, empty again'
