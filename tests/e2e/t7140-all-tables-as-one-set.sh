#!/usr/bin/env bash
# get --all writes all tables of a run as one set that replaces the one before
# at once: who reads sees one or the other, never a mixture, whatever is killed;
# what sluice has not written is never replaced. Read back by other programs.
. "$(dirname "$0")/lib.sh"
points=${POINTS:-14}

SANDBOX=none make_bare
git -C "$bare" config sluice.publish each
in_bare() { (cd "$bare" && sluice "$@"); }
# exits WANTED ARGUMENT...: on the server; its words are in $work/said
exits() {
	local want=$1 rc=0
	shift
	in_bare "$@" >"$work/said" 2>&1 || rc=$?
	is "$rc" "$want" "sluice $*: $(cat "$work/said")"
}
says() { has "$(cat "$work/said")" "$1" "${2:-said}"; }
make_clone
version() { # N: each table of it says so
	local clinic
	write Version.csv <<<"n"$'\n'"$1"
	for clinic in North South; do
		write $clinic/Patient.sql <<'E'
-- @include action/sql/sqlite
-- @depend /Version
SELECT n, 'née "' || n || '", x' AS note, NULL AS void, n / 3.0 AS third FROM Version
E
		write $clinic/sub/Count.sql <<'E'
-- @include action/sql/sqlite
-- @depend ../Patient
SELECT n, count(*) AS rows FROM Patient
E
	done
	commit "version $1" >/dev/null
	push main
	run_once
}
set=$work/out/set
exits 2 get --all "$set" --at production
[ ! -e "$work/out" ] || fail 'something was made'
version 1

# 1. the set, as other programs read it
exits 4 get --at production --all "$set"
says 'the set is written beside it' 'no parent'
mkdir "$work/out"
exits 0 get --at production --all "$set/"
is "$(cd "$set" && find . -type f | sort | xargs)" \
	'./North/Patient.csv ./North/sub/Count.csv ./South/Patient.csv ./South/sub/Count.csv ./Version.csv ./manifest.json' \
	'its files'
python3 - "$set" <<'E' >"$work/read"
import csv, sys
print(list(csv.reader(open(sys.argv[1] + "/North/Patient.csv", encoding="utf-8", newline=""))))
E
is "$(cat "$work/read")" \
	"[['n', 'note', 'void', 'third'], ['1', 'née \"1\", x', '', '0.3333333333333333']]" 'Python'
is "$(jq -c '[.format, .tree, .tables["North/Patient"].file, .tables["North/Patient"].rows, .tables["North/Patient"].state]' "$set/manifest.json")" \
	"[\"sluice-export/1\",\"$(git rev-parse 'HEAD^{tree}')\",\"North/Patient.csv\",1,\"ok\"]" 'what it says'
is "$(jq -r .manifest "$set/manifest.json")" \
	"$(git -C "$bare" show refs/sluice/production:manifest.json | sha256sum | cut -d' ' -f1)" \
	'which manifest'
is "$(jq -c '.tables["North/Patient"].columns' "$set/manifest.json")" \
	"$(in_bare show /North/Patient --schema --json --at production | jq -c .columns)" 'its columns'
for node in Version North/Patient South/sub/Count; do
	is "$(cat "$set/$node.csv")" "$(in_bare get "/$node" --at production)" "as get has it: $node"
done
exits 0 get --at production --all "$work/out/db" --format sqlite
is "$(find "$work/out/db" -type f -printf '%f\n' | sort | xargs)" 'manifest.json tables.sqlite' 'one SQLite file'
is "$(sqlite3 "$work/out/db/tables.sqlite" 'SELECT p.note, c.rows FROM "North/Patient" p JOIN "North/sub/Count" c USING (n)')" \
	'née "1", x|1' 'joined in SQLite'
is "$(sqlite3 "$work/out/db/tables.sqlite" 'PRAGMA integrity_check')" ok 'and sound'
is "$(sqlite3 "$work/out/db/tables.sqlite" 'SELECT name FROM sqlite_master ORDER BY 1' | xargs)" \
	'North/Patient North/sub/Count South/Patient South/sub/Count Version' 'its tables'
# in one format and then in the other; the mode stays
chmod 2750 "$work/out/db"
exits 0 get --at production --all "$work/out/db"
is "$(stat -c %a "$work/out/db")" 2750 'who may read it stays'
[ ! -e "$work/out/db/tables.sqlite" ] || fail 'the old set is in the new one'
# through a link, and with a name that begins the path
ln -s "$work/out/db" "$work/link"
exits 0 get --at production --all "$work/link" --format sqlite
[ -L "$work/link" ] && [ -e "$work/out/db/tables.sqlite" ] || fail 'the link'
exits 0 get --at production --all here
[ -e "$bare/here/Version.csv" ] || fail 'a relative name'

# 2. what is not ours stays, and a set is all tables or none
mkdir "$work/out/notes" "$work/out/empty"
echo mine >"$work/out/notes/mine"
exits 2 get --at production --all "$work/out/notes"
says "notes/mine is in the way: sluice has not written it"
exits 2 get --at production --all "$work/out/notes/mine"
says 'is a file'
exits 0 get --at production --all "$work/out/empty"
echo mine >"$set/North/mine"
exits 2 get --at production --all "$set"
says 'North/mine is in the way'
is "$(cat "$set/North/mine" "$work/out/notes/mine" | xargs)" 'mine mine' 'untouched'
rm "$set/North/mine"
exits 2 get --at production --all / --format sqlite
exits 2 get --at production --all ''
exits 2 get /Version --all "$set"
exits 2 get --all "$set" -o "$work/file"
exits 2 get --all "$set" --format feather
says '--format takes csv, sqlite or parquet'
ln -s nowhere "$work/out/broken"
exits 2 get --at production --all "$work/out/broken"
says 'leads nowhere'
git checkout -q -b exp
sed -i 's/SELECT n/SELECT m/' South/Patient.sql
commit 'South is broken' >/dev/null
push exp
run_once
exits 1 get --at exp --all "$set"
says 'South/Patient has no table (it is failed), and a set is all tables or none'
is "$(tail -n 1 "$set/South/Patient.csv" | cut -c1)" 1 'and the set is as it was'
# production keeps the old tables of a directory that failed, and says so
git checkout -q main
git merge -q exp
push main
run_once
exits 0 get --at production --all "$set"
is "$(jq -c '[.tables[] | .state] | group_by(.) | map([.[0], length])' "$set/manifest.json")" \
	'[["ok",3],["stale",2]]' 'stale tables'
is "$(jq -r '.tables["South/Patient"].since' "$set/manifest.json")" \
	"$(git -C "$bare" rev-parse refs/sluice/runs/main)" 'since which run'
# a manifest whose paths would lead out of the directory
for path in ../evil /evil a/../../evil a//evil .; do
	git -C "$bare" show refs/sluice/production:manifest.json |
		jq -Sc --arg p "$path" '.nodes[$p] = .nodes.Version' >"$work/evil.json"
	blob=$(git -C "$bare" hash-object -w "$work/evil.json")
	tree=$(printf '100644 blob %s\tmanifest.json\n' "$blob" | git -C "$bare" mktree)
	was=$(git -C "$bare" rev-parse refs/sluice/production)
	git -C "$bare" update-ref refs/sluice/production "$(git -C "$bare" commit-tree \
		-m "$(git -C "$bare" log -1 --format=%s "$was")" "$tree")"
	exits 4 get --at production --all "$work/out/evil"
	says 'is no name of a node' "$path"
	git -C "$bare" update-ref refs/sluice/production "$was"
done
is "$(find "$work" -name '*evil*' ! -name evil.json ! -name '.evil.lock')" '' 'nothing leads out'
git reset -q --hard HEAD~1
push -f main
run_once

# 3. readers, while versions are exported: who enters the directory reads one
# version. And two who export at once: one of them waits for nobody.
exits 0 get --at main --all "$set" # version 1
old=$work/out/.set.before
: >"$work/go"
(
	n=0
	while [ -e "$work/go" ]; do
		(
			cd "$set"
			cat Version.csv North/Patient.csv South/Patient.csv North/sub/Count.csv \
				South/sub/Count.csv | grep -o '^[0-9]*' | sort -u | wc -l
		) || echo broken
		n=$((n + 1))
	done >"$work/seen"
) 2>"$work/seen.err" &
reader=$!
for n in 2 3 4 5; do
	version $n
	exits 0 get --at production --all "$set"
	is "$(cat "$set/North/sub/Count.csv")" $'n,rows\n'"$n,1" "version $n"
	is "$(cat "$old/North/sub/Count.csv")" $'n,rows\n'"$((n - 1)),1" "the one before $n"
done
rm "$work/go"
wait "$reader"
is "$(sort -u "$work/seen")" 1 "what a reader saw: $(head -n 3 "$work/seen.err")"
(
	exec 9>"$work/out/.set.lock"
	flock 9
	exits 4 get --at production --all "$set"
	says 'another export into' 'two at once'
) 9>&-

# 4. killed anywhere: the old set, or the new one
cc -shared -fPIC -O1 -o "$work/kill_at.so" "$tests/e2e/kill_at.c" -ldl
export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-}
shot() { # N [LIBRARY]: its exit status
	local rc=0
	(cd "$bare" && KILL_AT=$1 KILL_COUNT=$work/count LD_PRELOAD="$work/kill_at.so ${2:-}" \
		sluice get --at production --all "$set") >/dev/null 2>>"$work/killed.log" || rc=$?
	echo "$rc"
}
sums() { (cd "$1" && find . -type f | sort | xargs sha256sum | sha256sum); }
template=$work/template
cp -a "$work/out" "$template"
was=$(sums "$set")
version 6
is "$(shot 0)" 0 'not killed'
all=$(cat "$work/count")
new=$(sums "$set")
died=0
for ((i = 0; i < points && i < all; i++)); do
	n=$((1 + i * (all - 1) / (points - 1)))
	rm -rf "$work/out"
	cp -a "$template" "$work/out"
	rc=$(shot "$n")
	[ "$rc" = 0 ] || died=$((died + 1))
	now=$(sums "$set")
	[ "$now" = "$was" ] || [ "$now" = "$new" ] || fail "point $n of $all: another set"
	exits 0 get --at production --all "$set"
	is "$(sums "$set")" "$new" "point $n: the next time"
	is "$(find "$work/out" -maxdepth 1 -name '.set*' -printf '%f\n' | sort | xargs)" '.set.before .set.lock' "point $n: left"
done
[ "$died" -ge 5 ] || fail "only $died died of $all"

# 5. a file system that cannot exchange: two renames, whole on either side
cat >"$work/no_exchange.c" <<'E'
#include <errno.h>
int renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	(void)a; (void)from; (void)b; (void)to; (void)flags;
	errno = EINVAL;
	return -1;
}
E
cc -shared -fPIC -O1 -o "$work/no_exchange.so" "$work/no_exchange.c"
rm -rf "$work/out"
cp -a "$template" "$work/out"
is "$(shot 0 "$work/no_exchange.so")" 0 'without an exchange'
is "$(sums "$set")" "$new" 'the new set'
is "$(sums "$old")" "$was" 'the old one'
