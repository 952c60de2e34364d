#!/usr/bin/env bash
# install changes nothing where it cannot serve, chains a foreign hook where it
# is told to, and takes back what it did.
. "$(dirname "$0")/lib.sh"

refused() { # WORDS DIR: it says so, and nothing has changed
	local before rc=0
	before=$(find "$2" -type f -exec sha256sum {} + | sort)
	sluice install "$2" >"$work/out" 2>&1 || rc=$?
	[ "$rc" != 0 ] || fail "installed: $1"
	has "$(cat "$work/out")" "$1" 'the words'
	is "$(find "$2" -type f -exec sha256sum {} + | sort)" "$before" \
		"$1: files"
}

git init -q --bare "$work/plain.git"
sluice install "$work/plain.git" >/dev/null
is "$(git -C "$work/plain.git" config core.fsync)" all 'core.fsync'
is "$(git -C "$work/plain.git" config receive.fsckObjects)" true 'fsckObjects'
hook=$(sha256sum <"$work/plain.git/hooks/post-receive")
config=$(sha256sum <"$work/plain.git/config")
sluice install "$work/plain.git" >/dev/null
is "$(sha256sum <"$work/plain.git/hooks/post-receive")" "$hook" 'again: hook'
is "$(sha256sum <"$work/plain.git/config")" "$config" 'again: config'
sluice install --uninstall "$work/plain.git" >/dev/null
[ ! -e "$work/plain.git/hooks/post-receive" ] || fail 'the hook is left'
is "$(git -C "$work/plain.git" config --get-regexp \
	'sluice|fsync|fsck|hiderefs|logallref' || true)" '' 'settings that are left'

# what was set before is the owner's and stays
git -C "$work/plain.git" config receive.fsckObjects true
sluice install "$work/plain.git" >/dev/null
sluice install --uninstall "$work/plain.git" >/dev/null
is "$(git -C "$work/plain.git" config receive.fsckObjects)" true 'the owners'

# SHA-256 and reftable, by name
if git init -q --bare --object-format=sha256 "$work/sha256.git" 2>/dev/null; then
	refused SHA-256 "$work/sha256.git"
fi
git init -q --bare "$work/reftable.git"
git -C "$work/reftable.git" config core.repositoryFormatVersion 1
git config -f "$work/reftable.git/config" extensions.refStorage reftable
refused reftable "$work/reftable.git"

# not a repository, not bare, hooks elsewhere
mkdir "$work/empty"
refused 'not a repository' "$work/empty"
git init -q "$work/tree"
refused 'not a bare repository' "$work/tree/.git"
git init -q --bare "$work/elsewhere.git"
git -C "$work/elsewhere.git" config core.hooksPath "$work/hooks"
refused core.hooksPath "$work/elsewhere.git"

# a foreign hook; chained, both run, and its exit status is the hook's
git init -q --bare "$work/foreign.git"
cat >"$work/foreign.git/hooks/post-receive" <<E
#!/bin/sh
cat >'$work/seen'
echo "foreign \$1" >>'$work/seen'
E
chmod +x "$work/foreign.git/hooks/post-receive"
refused 'there is a hook already' "$work/foreign.git"
sluice install --chain "$work/foreign.git" >/dev/null
sluice install --chain "$work/foreign.git" >/dev/null
bare=$work/foreign.git
make_clone
example
c=$(commit one)
push main
has "$(cat "$work/pushed")" 'sluice: queued' 'our hook'
is "$(head -n 1 "$work/seen")" \
	"0000000000000000000000000000000000000000 $c refs/heads/main" 'the foreign hook'
is "$(find "$bare/sluice/runner/spool" -type f | wc -l)" 1 'spooled'
sluice install --uninstall "$bare" >/dev/null
grep -q 'foreign' "$bare/hooks/post-receive" || fail 'not put back'

# a directory of hooks, as Gitea has it
git init -q --bare "$work/gitea.git"
mkdir "$work/gitea.git/hooks/post-receive.d"
: >"$work/gitea.git/hooks/post-receive"
sluice install "$work/gitea.git" >/dev/null
[ -x "$work/gitea.git/hooks/post-receive.d/sluice" ] || fail 'not in .d'
is "$(wc -c <"$work/gitea.git/hooks/post-receive")" 0 'the delegate is left alone'

# runs are hidden from fetching where that is asked for
git init -q --bare "$work/hidden.git"
sluice install --hide-runs "$work/hidden.git" >/dev/null
git -C "$work/hidden.git" config --get-all transfer.hideRefs |
	grep -qx refs/sluice || fail 'not hidden'

# programs and paths with blanks and quotes
mkdir -p "$work/a 'b c"
cp "$BUILD"/sluice "$BUILD"/sluice-* "$work/a 'b c/"
git init -q --bare "$work/a 'b c/x.git"
"$work/a 'b c/sluice" install "$work/a 'b c/x.git" >/dev/null
bare="$work/a 'b c/x.git"
make_clone quoted
echo x >x
commit one >/dev/null
push HEAD:main
has "$(cat "$work/pushed")" 'sluice: queued' 'a path with a quote'
