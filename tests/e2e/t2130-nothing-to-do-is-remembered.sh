#!/usr/bin/env bash
# `sluice run` remembers that a commit, or the files of a work tree, have
# nothing left to do, and says so the next time without looking at a node; not
# where anything that the answer depends on may have changed, and not for a run
# that is asked for more than that.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
fresh=$work/p/.git/sluice/runner/fresh
store=$work/p/.git/sluice
example
write Told.sql <<'E'
-- @include action/sql/sqlite
-- @test not_null(a)
-- @pool night
SELECT 1 AS a
E
one=$(commit 'five nodes')
git branch other
git tag v1

# told WORDS...: by `sluice run WORDS...`, whatever it says of single nodes
told() { sluice run "$@" 2>"$work/err"; }
# What is remembered gets another manifest, so that it shows when it is used.
mark() {
	local f
	for f in "$fresh"/*; do LC_ALL=C sed -i '4s/.*/feedfeedfeed/' "$f"; done
}
# remembers WORDS...: the next run is answered from memory
remembers() {
	told "$@" >/dev/null
	mark
	has "$(told "$@")" feedfeedfeed "from memory: run $*"
}
# forgets WORDS: memory is there, and does not count any more
forgets() {
	local said
	said=$(told --at HEAD)
	lacks "$said" feedfeedfeed "$1"
	has "$said" '5 nodes: ' "$1"
	remembers --at HEAD
}

told --at HEAD >/dev/null
[ -e "$fresh/$one" ] || fail 'the commit is remembered'
rm -r "$fresh"
plain=$(told --at HEAD)
has "$plain" '0 computed, 5 reused, 0 failed, 0 blocked; 1 test holds' 'the plain way'
has "$(cat "$work/err")" '@pool is not yet enforced' 'the plain way warns'
is "$(told --at HEAD)" "$plain" 'the same words'
has "$(cat "$work/err")" '@pool is not yet enforced' 'and so does memory'
remembers --at HEAD

# by every name of the commit; a tag goes before a branch
for name in main other v1 tags/v1 heads/main; do
	has "$(told --at $name)" feedfeedfeed "by name: $name"
done
git commit -q --allow-empty -m two
told --at HEAD >/dev/null
git tag main "$one"
is "$(git rev-parse main 2>/dev/null)" "$one" "git's own order"
remembers --at main
[ -e "$fresh/$(git rev-parse HEAD)" ] || fail 'two commits are remembered'
is "$(LC_ALL=C sed -n 4p "$fresh/$one")" feedfeedfeed 'it was the tag'
git tag -d main >/dev/null
git pack-refs --all
remembers --at main
git tag v2 HEAD
remembers --at v2
git checkout -q -b elsewhere "$one"
remembers --at HEAD
git checkout -q main

# who asks for more gets it
for words in --no-reuse --retry --json /Told "--set x=1" "--snapshot 12345678"; do
	remembers --at HEAD
	# shellcheck disable=SC2086
	lacks "$(told --at HEAD $words || true)" feedfeedfeed "run $words"
done
remembers --at HEAD
lacks "$(told --at main~0)" feedfeedfeed 'a name that only libgit2 reads'

# --- what the answer depends on ---

blob=$(sluice run --at HEAD --json 2>/dev/null |
	jq -r '.nodes[] | select(.node == "ClinicA/Low").table')
remembers --at HEAD
mv "$store/blobs/${blob:0:2}/${blob:2}" "$work/blob"
has "$(told --at HEAD)" '1 computed, 4 reused' 'a blob is gone'
remembers --at HEAD
find "$store/results" -type f -delete
has "$(told --at HEAD)" '5 computed, 0 reused' 'the results are gone'
remembers --at HEAD
find "$store/desk" -type f -delete
forgets 'the desk is empty'
[ -n "$(ls "$store/desk")" ] || fail 'the desk has its entry again'
git config sluice.remote server
forgets 'a setting'
git config --global user.name Bob
forgets 'a setting of the account'
touch -d '2020-01-01' "$store/quarantine"
forgets 'something was laid aside'
touch -d '2020-01-01' "$store/trash"
forgets 'something was swept'
LC_ALL=C sed -i '1s/1/2/' "$fresh"/*
forgets 'a file of another version'
for size in 0 10 100 2000; do
	for f in "$fresh"/*; do truncate -s "$size" "$f"; done
	forgets "a file cut to $size bytes"
done
git config include.path more
told --at HEAD >/dev/null
mark
lacks "$(told --at HEAD)" feedfeedfeed 'settings that lead to other files'
git config --unset include.path
git config sluice.sandbox none
told --at HEAD >/dev/null
told --at HEAD >/dev/null
has "$(cat "$work/err")" WARNING 'without a sandbox each run warns'
git config --unset sluice.sandbox

# --- the work tree ---

remembers
has "$(cd ClinicA && told)" feedfeedfeed 'from a directory below'
echo '4,00999,2.0' >>ClinicA/Patient.csv
has "$(told)" '4 computed, 1 reused' 'an edit'
remembers
write New.sql <<'E'
-- @include action/sql/sqlite
SELECT 2 AS b
E
has "$(told)" '1 computed, 5 reused' 'a new file'
remembers

# --- what is not remembered ---

rm -r "$fresh"
write Broken.sql <<'E'
-- @include action/sql/sqlite
SELECT nothing
E
if told >/dev/null || told >/dev/null; then fail 'a failure is no success'; fi
[ ! -e "$fresh" ] || fail 'a failure is not remembered'
rm Broken.sql
if command -v bwrap >/dev/null; then
	write Shell.sh <<'E'
# @include action/bash
printf 'a\n1\n' >out.csv
E
	told >/dev/null || fail "a command: $(cat "$work/err")"
	[ ! -e "$fresh" ] || fail 'an interpreter is asked for its version each time'
	rm Shell.sh
fi
mkdir "$work/land"
printf 'a\n1\n' >"$work/land/x.csv"
touch -d '1 hour ago' "$work/land/x.csv"
git config sluice.landing "$work/land"
printf '@include action/source/file\n@path x.csv\n' | write X
told >/dev/null || fail "a source: $(cat "$work/err")"
[ ! -e "$fresh" ] || fail 'what is delivered is looked at each time'
