#!/usr/bin/env bash
# The snapshot's date may name what is mounted, by way of a value that no node
# uses: the runner and `sluice run` resolve with that date, not
# with the commit's.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
make_clone
for config in "$bare/config" .git/config; do
	git config -f "$config" sluice.landing "$work/landing"
done
mkdir -p "$work/landing"
printf 'v\n1\n' >"$work/landing/a.csv"
touch -d '1 hour ago' "$work/landing/a.csv"
write Labs <<'E'
@include action/source/file
@path *.csv
E
today=$(date -u +%F)
for day in 2026-11-20 "$today"; do
	write "lib/$day/N.sql" <<E
-- @include action/sql/sqlite
-- @test unique(day)
SELECT '$day' AS day
E
done
write A/settings <<'E'
@param day:date {{@snapshot_date}}
@include /lib/{{day}}
E
[ "$today" != 2026-11-20 ] || skip 'the day of all commits is today'
commit 'mounted by date' >/dev/null
push main
run_once
day=$(git -C "$bare" show refs/sluice/snapshots:snapshot.json | jq -r .date)
is "$(cd "$bare" && sluice get A/N --at main | tail -n 1)" "$day" 'the runner'
sluice snapshot --take >"$work/out" 2>&1 || fail "$(cat "$work/out")"
sluice run --at HEAD >"$work/out" 2>&1 || fail "$(cat "$work/out")"
is "$(sluice get A/N --at HEAD | tail -n 1)" "$day" 'run --at HEAD'
