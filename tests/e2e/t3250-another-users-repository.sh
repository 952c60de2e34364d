#!/usr/bin/env bash
# A repository that belongs to another user: libgit2 says of it that a setting
# was not found. Every command says whose it is not, and what to do; what it
# says to do works; where the rights are missing then, that is said.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip 'only root can give a repository to another user'

chmod 755 "$work"
SANDBOX=none make_bare
make_clone
example
main=$(commit 'four nodes')
push main
run_once

# refused WHO DIR COMMAND...: it says what to do, ends with 4, changes nothing
refused() {
	local who=$1 dir=$2 rc=0 before
	shift 2
	before=$(find "$dir" | sort)
	(cd "$dir" && "$who" "$@") >"$work/out" 2>"$work/err" || rc=$?
	is "$rc" 4 "$who: $*"
	is "$(cat "$work/err")" "sluice: the repository $dir belongs to another user; run sluice as that user, or if you trust it: git config --global --add safe.directory '$dir'" \
		"$who: $*"
	is "$(cat "$work/out")" '' "$who: $*: what it prints beside"
	is "$(find "$dir" | sort)" "$before" "$who: $*: files"
}
commands=(status report log manifest retry cancel verify snapshot tree check
	graph run 'snapshot --take' 'store stat' 'store gc' 'store fsck' 'plan main'
	'show ClinicA/Low' 'get ClinicA/Low' 'explain ClinicA/Low' 'diff main'
	'runner --once' 'runner --once --rebuild-index' 'install .'
	'install --uninstall .' init)

root() { "$@"; }
chown -R nobody: "$bare" "$clone"
for words in "${commands[@]}"; do
	# shellcheck disable=SC2086
	refused root "$bare" sluice $words
done
# in a work tree, and below it
for words in status report plan check 'show ClinicA/Low' run; do
	# shellcheck disable=SC2086
	refused root "$clone" sluice $words
done
(cd "$clone/ClinicA" && sluice plan 2>"$work/err") && fail 'a directory below'
has "$(cat "$work/err")" "safe.directory '$clone'" 'a directory below'
sluice runner --once "$bare" 2>"$work/err" && fail 'named by its path'
has "$(cat "$work/err")" "safe.directory '$bare'" 'named by its path'

# what it says to do works, for the runner and for who asks it
git config --global --add safe.directory "$bare"
git config --global --add safe.directory "$clone"
git -C "$bare" update-ref refs/heads/exp "$main"
run_once
has "$(requests)" "exp $main done success" 'root runs what is nobody'\''s'
has "$(cd "$bare" && sluice log)" "${main:0:12}" 'log'
is "$(cd "$bare" && sluice status)" "nothing is queued, running or failed
no runner is here: \`sluice runner\`, or \`sluice install --start\`" 'status'
git config --global --unset-all safe.directory

# the other way round: an unprivileged user, a repository of root's
chown -R root: "$bare" "$clone"
mkdir "$work/nobody"
cp "$BUILD"/sluice "$BUILD"/sluice-* "$work/nobody/"
chown -R nobody: "$work/nobody"
nobody() {
	setpriv --reuid=nobody --regid=nogroup --clear-groups env \
		HOME="$work/nobody" PATH="$work/nobody:/usr/bin:/bin" "$@"
}
for words in "${commands[@]}"; do
	# shellcheck disable=SC2086
	refused nobody "$bare" sluice $words
done

# allowed to open it, he may still not write into it: said, too
nobody git config --global --add safe.directory "$bare"
denied() {
	local rc=0
	(cd "$bare" && nobody "$@") >"$work/out" 2>"$work/err" || rc=$?
	is "$rc" 4 "$*"
	has "$(cat "$work/err")" 'run sluice as the user whose repository it is' "$*"
}
denied sluice runner --once
denied sluice status
denied sluice retry
has "$(cd "$bare" && nobody sluice log)" "${main:0:12}" 'what he may read'
