#!/usr/bin/env bash
# hooks/ as Gitea and Forgejo keep it: post-receive is a delegate that runs all
# of post-receive.d and returns the first status that is not 0. Ours lies beside
# theirs; a wiki's pushes are none of ours.
. "$(dirname "$0")/server.sh"

does account
# what Gitea makes of a repository, its wiki, and its own part of a push
make_gitea() { # DIR
	as git git init -q --bare -b main "$1"
	mkdir "$1/hooks/post-receive.d"
	cat >"$1/hooks/post-receive" <<'E'
#!/usr/bin/env bash
# a delegate as Gitea writes it
data=$(cat)
codes=
for hook in "${GIT_DIR:-$(dirname "$0")/..}/hooks/$(basename "$0").d/"*; do
	test -x "$hook" && test -f "$hook" || continue
	echo "$data" | "$hook"
	codes="$codes $?"
done
for i in $codes; do [ "$i" -eq 0 ] || exit "$i"; done
E
	printf '#!/bin/sh\nsed "s/^/gitea of $GITEA_PUSHER_NAME /"\nexit ${GITEA_FAILS:-0}\n' \
		>"$1/hooks/post-receive.d/gitea"
	chmod +x "$1/hooks/post-receive" "$1/hooks/post-receive.d/gitea"
	chown -R git: "$1"
}
# what its ssh command does: names who pushes what, and receives
cat >/srv/serv <<'E'
#!/bin/sh
export GITEA_PUSHER_NAME=alice GITEA_PUSHER_EMAIL=alice@example.org \
	GITEA_PUSHER_ID=3 GITEA_REPO_USER_NAME=clinic GITEA_REPO_NAME=data \
	GITEA_REPO_IS_WIKI="${IS_WIKI:-false}" GITEA_ROOT_URL=https://git.example.org/
exec git-receive-pack "$@"
E
chmod 755 /srv/serv
mkdir -p /srv/git/gitea/clinic && chown -R git: /srv/git/gitea
bare=/srv/git/gitea/clinic/data.git
wiki=/srv/git/gitea/clinic/data.wiki.git
make_gitea $bare
make_gitea $wiki
put_by() { # DIR REFSPEC [VARIABLE...]
	as git "${@:3}" git -C desk push --receive-pack=/srv/serv "$1" "$2" \
		>"$work/pushed" 2>&1 || fail "push: $(cat "$work/pushed")"
}
state_of() { as git bash -c "$(declare -f state); state $1"; }
first=$(state_of $bare)

does gitea
has "$(cat "$work/gitea.out")" "$bare/hooks/post-receive.d/sluice" 'the place'
has "$(as git sluice install --json $wiki)" '"installed":true' 'a wiki, by mistake'
mkdir /srv/git/desk && cd /srv/git/desk
git init -q
example
main=$(commit 'four nodes')
chown -R git: /srv/git/desk

put_by $bare HEAD:main
has "$(cat "$work/pushed")" "remote: gitea of alice 0000" 'their part'
has "$(cat "$work/pushed")" 'remote: sluice: queued' 'our part'
as git sluice runner --once $bare >"$work/log" 2>&1 || fail "$(cat "$work/log")"
has "$(as git git -C $bare notes --ref=sluice show "$main")" '4 nodes' 'the note'
is "$(as git git -C $bare show refs/sluice/runs/main:run.json | jq -r .user)" alice 'who pushed'

# theirs fails: ours has the push all the same, and the push goes through
put_by $bare HEAD:again GITEA_FAILS=1
has "$(cat "$work/pushed")" 'remote: sluice: queued' 'beside one that fails'

# a wiki: silent, and nothing is kept
put_by $wiki HEAD:main IS_WIKI=true
has "$(cat "$work/pushed")" 'remote: gitea of alice' 'their part, wiki'
lacks "$(cat "$work/pushed")" sluice: 'a wiki'
is "$(find $wiki/sluice -type f)" '' 'what is kept of a wiki'

as git sluice install --uninstall $bare >/dev/null
is "$(state_of $bare)" "$first" 'as before'
put_by $bare HEAD:last
has "$(cat "$work/pushed")" 'remote: gitea of alice' 'their part stays'
lacks "$(cat "$work/pushed")" sluice: 'after uninstalling'
