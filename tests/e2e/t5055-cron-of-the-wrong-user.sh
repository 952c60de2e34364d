#!/usr/bin/env bash
# `sluice snapshot --take` by root or by a stranger: refused in words that name
# the user it is to be, before anything lies in the store that the runner could
# not use. A file that this user may not read is named.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip 'only root can be another user'
command -v setpriv >/dev/null || skip 'setpriv is not here'

owner=$(getent passwd nobody | cut -d: -f3)
stranger=$(getent passwd daemon | cut -d: -f3)
as() { # UID COMMAND...
	local id=$1
	shift
	setpriv --reuid="$id" --regid="$id" --clear-groups "$@"
}
make_bare
make_clone
landing=$work/landing
mkdir "$landing"
git -C "$bare" config sluice.landing "$landing"
printf 'id\n1\n' >"$landing/a.csv"
touch -d '1 minute ago' "$landing/a.csv"
printf '@include action/source/file\n@path *.csv\n' >Files
commit 'files' >/dev/null
push main
run_once
chown -R nobody: "$bare"
chmod -R a+rX "$work"
git config --global --add safe.directory "$bare/"
git config --global --add safe.directory "$bare"
chmod a+r "$HOME/.gitconfig"

take() { # UID: $rc, $said
	rc=0
	said=$(cd "$bare" && as "$1" sluice snapshot --take 2>&1) || rc=$?
}
foreign() { find "$bare" ! -user nobody; }
take 0
is "$rc" 4 'root'
has "$said" "$bare/sluice belongs to nobody, and this is root: run it as nobody" \
	'what root is told'
take "$stranger"
is "$rc" 4 'a stranger'
has "$said" "belongs to nobody, and this is daemon: run it as nobody" \
	'what a stranger is told'
is "$(foreign)" '' 'what they left'
take "$owner"
is "$rc" 0 "the owner: $said"
is "$(foreign)" '' 'what the owner left'

printf 'id\n2\n' >"$landing/b.csv"
touch -d '1 minute ago' "$landing/b.csv"
chmod 600 "$landing/b.csv"
take "$owner"
is "$rc" 4 'a file of mode 600'
has "$said" 'b.csv may not be read by the user who runs this' 'which'
chmod 644 "$landing/b.csv"
mkdir "$landing/closed" "$landing/odd"
chmod 700 "$landing/closed"
take "$owner"
is "$rc" 0 'a closed directory that nobody asks for'
printf '@include action/source/file\n@path clos*/*.csv\n' >Closed
commit 'closed' >/dev/null
chown -R root: "$bare"
push main
chown -R nobody: "$bare"
take "$owner"
is "$rc" 4 'a closed directory'
has "$said" 'closed may not be read by the user who runs this' 'which'
chmod 711 "$landing"
take "$owner"
is "$rc" 4 'a closed landing directory'
has "$said" "the landing directory $landing may not be read by the user who runs this" 'which'
