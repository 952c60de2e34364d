#!/usr/bin/env bash
# show in a clone: a log and a table are in the server's store and in no ref.
# Where that store can be read they are shown, by somebody who cannot write
# there, too; elsewhere it is said where they are, how to see them there, and
# what is known here. report shows what it has, and says what it has not.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
in_bare() { (cd "$bare" && sluice "$@"); }
exits() { # STATUS ARGUMENT...
	local want=$1 rc=0
	shift
	sluice "$@" >"$work/out" 2>"$work/err" || rc=$?
	is "$rc" "$want" "sluice $*: $(cat "$work/out" "$work/err")"
}
make_clone
write North-West/Late.sh <<'E'
# @include action/bash
echo "SECRET-7 is missing" >&2
exit 3
E
write South/Fine.sh <<'E'
# @include action/bash
echo "all is well" >&2
echo n >out.csv
echo 4711 >>out.csv
E
write South/Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend ../North-West/Late as late
SELECT * FROM late
E
write South/Wrong.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Fine
SELECT m
FROM Fine
E
main=$(commit 'two that fail')
push main
run_once

# a clone without the store
exits 4 show /North-West/Late --log
is "$(cat "$work/out")" '' 'nothing on stdout'
has "$(cat "$work/err")" "the log of North-West/Late is in the server's store, not here. The program ended with an error (exit status 3), North-West/Late.sh" \
	'what is known'
has "$(cat "$work/err")" "In the repository on the server: sluice show /North-West/Late --log --at ${main:0:12}" \
	'the command'
lacks "$(cat "$work/err")" SECRET 'no line of the log'
# that very command, there, by a shell
there=$(grep -o 'sluice show .* --at [0-9a-f]*' "$work/err")
has "$(cd "$bare" && bash -c "$there")" 'SECRET-7 is missing' 'the command shows it'
exits 4 show South/Wrong --log --at main
has "$(cat "$work/err")" 'The database engine refused the query, South/Wrong.sql:3:8' 'class and place'
exits 4 show South/Fine --log --at HEAD
has "$(cat "$work/err")" 'the log of South/Fine is in' 'of one that is well'
exits 1 show South/Sum --log --at main
has "$(cat "$work/err")" 'it waits for North-West/Late, which failed' 'no log at all'
for get in "show South/Fine --at $main" "get South/Fine --at main" 'show South/Fine --schema'; do
	# shellcheck disable=SC2086
	exits 4 $get
	has "$(cat "$work/err")" "the table of South/Fine is in the server's store" "$get"
	has "$(cat "$work/err")" "sluice show /South/Fine --at ${main:0:12}" "$get"
done
is "$(find .git/sluice/users -type f 2>/dev/null)" '' 'a reader has no part in the store'

# report: what the server wrote; what is missing, on stderr alone
exits 0 report main
has "$(cat "$work/out")" '2 of 4 nodes failed, 1 blocked' 'the verdict'
has "$(cat "$work/out")" 'South/Wrong.sql' 'the place'
lacks "$(cat "$work/out" "$work/err")" SECRET 'no line of a log'
has "$(cat "$work/err")" "messages and logs are in the server's store, not here" 'what is missing'
has "$(cat "$work/err")" "sluice report ${main:0:12}" 'where it is'
has "$(in_bare report "${main:0:12}")" 'SECRET-7 is missing' 'there it is whole'
exits 0 report main --format html
has "$(cat "$work/out")" '2 of 4 nodes failed' 'as a page'
exits 0 report main --json
is "$(jq -c '[.failures[] | [.node, .class]] | sort' "$work/out")" \
	'[["North-West/Late","exit"],["South/Wrong","sql"]]' 'as JSON'
has "$(cat "$work/err")" 'tables, messages and logs' 'as JSON: what is missing'
exits 0 report main --outside
exits 0 report HEAD...main
has "$(cat "$work/out")" 'nodes' 'a range'

# a clone with the store: as on the server
git config sluice.store "$bare/sluice"
has "$(sluice show /North-West/Late --log)" 'SECRET-7 is missing' 'the log'
is "$(sluice show South/Fine --log --at main)" 'all is well' "a result's log"
has "$(sluice show South/Fine --at main)" 4711 'the table'
is "$(sluice get South/Fine --at main)" "$(in_bare get South/Fine)" 'the same table'
exits 0 report main
has "$(cat "$work/out")" 'SECRET-7 is missing' 'the whole report'
is "$(cat "$work/err")" '' 'nothing is missing'
is "$(find "$bare/sluice/users" -type f | wc -l)" 1 'a reader is none of those that gc asks'

# somebody who can read the store, and write nowhere in it
if [ "$(id -u)" = 0 ]; then
	command -v setpriv >/dev/null || skip 'no setpriv'
	chmod 755 "$work"
	chmod -R a+rX "$bare"
	mkdir "$work/bin"
	cp "$BUILD"/sluice "$BUILD"/sluice-* "$work/bin"
	git clone -q "$bare" "$work/reader"
	git -C "$work/reader" config sluice.store "$bare/sluice"
	HOME=$work/reader git config --global safe.directory '*'
	chown -R 65534:65534 "$work/reader"
	reader() {
		(cd "$work/reader" && HOME=$work/reader setpriv --reuid 65534 \
			--regid 65534 --clear-groups "$work/bin/sluice" "$@")
	}
	has "$(reader show /North-West/Late --log --at main 2>&1)" \
		'SECRET-7 is missing' 'the log, read only'
	has "$(reader show South/Fine --at main 2>&1)" 4711 'the table, read only'
	has "$(reader report main 2>&1)" 'SECRET-7 is missing' 'the report, read only'
fi
