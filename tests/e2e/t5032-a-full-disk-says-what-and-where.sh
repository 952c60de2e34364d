#!/usr/bin/env bash
# Wherever a server's disk fills up, in a push, the runner's database, the
# store, a delivery, an export or the outbox, the one whose work it was is told
# which file had no room and what to do; with room again the same command ends
# well, and production is that of a server whose disk never filled.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/disk.sh
. "$tests/e2e/disk.sh" 24

bare=$disk/server.git
git init -q --bare "$bare"
sluice install "$bare" >/dev/null
git -C "$bare" config sluice.landing "$work/landing"
mkdir -p "$work/landing/labs"
printf 'id\n1\n' >"$work/landing/labs/a.csv"
touch -d '1 hour ago' "$work/landing/labs/a.csv"
git clone -q "$bare" "$work/desk" 2>/dev/null
cd "$work/desk"
git checkout -q -B main
printf '@include action/source/file\n@path labs/*.csv\n' >Labs
write Twice.sql <<'E2'
-- @include action/sql/sqlite
-- @depend ./Labs
SELECT id * 2 AS id FROM Labs
E2
commit 'labs, and twice their number' >/dev/null

# refused LEFT PLACE COMMAND...: with so much room it ends with 4, and says what
# is full and what to do; $rc 0 would be a false success
refused() {
	local left=$1 place=$2 rc=0 said
	shift 2
	fill "$left"
	said=$("$@" 2>&1) || rc=$?
	room
	is "$rc" 4 "$* with $left of room: $said"
	has "$said" "$place" "$*: what is full"
	has "$said" ": No space left on device" "$*: why"
	has "$said" "make room" "$*: what to do"
	is "$(cd "$bare" && sluice store fsck --json |
		jq -c '[.damaged, .quarantine, .strangers]')" '[[],0,0]' \
		"the store after $*"
}
runner() { sluice runner --once "$bare"; }
snapshot() { (cd "$bare" && sluice snapshot --take); }

# git itself refuses what it cannot keep
fill 0
! git push -q origin main 2>"$work/said" || fail "pushed to a full disk"
has "$(cat "$work/said")" "No space left on device" "git's word"
room
# room for the ref and its two logs alone: the hook says that the runner was told
# nothing, and the runner finds it
git push -q origin main:refs/objects/main
fill 12k
git push -q origin main 2>"$work/said" || fail "not pushed: $(cat "$work/said")"
has "$(cat "$work/said")" \
	"not queued (write sluice/runner/spool" "the hook's word"
has "$(cat "$work/said")" "the runner finds the push" "and what becomes of it"
room

database=$bare/sluice/runner/run.db
refused 0 "write $bare/sluice/runner/lock" runner
refused 16k "run database $database" runner
refused 64k "run database $database" runner
runner 2>/dev/null
first=$(git -C "$bare" rev-parse refs/sluice/production)

# a delivery that does not fit is not taken
seq 100000 >"$work/landing/labs/b.csv"
sed -i '1s/.*/id/' "$work/landing/labs/b.csv"
touch -d '1 hour ago' "$work/landing/labs/b.csv"
refused 100k "copy labs/b.csv: write $bare/sluice/tmp" snapshot
is "$(git -C "$bare" rev-list --count refs/sluice/snapshots)" 1 "snapshots"
snapshot >/dev/null 2>&1

# the store has no room for what a node makes: the run is an error, production
# stays, and is done again on request
fill 900k
runner 2>/dev/null || true
room
is "$(git -C "$bare" rev-parse refs/sluice/production)" "$first" \
	"production after a run without room"
has "$(cd "$bare" && sluice report main)" \
	"$bare/sluice/blobs" "the report says where there was no room"
has "$(cd "$bare" && sluice report main)" "sluice retry" "and what is next"
(cd "$bare" && sluice retry main) >/dev/null
runner 2>/dev/null
is "$(cd "$bare" && sluice verify production --json | jq -c '[.rows, .problems]')" \
	'[200000,[]]' "production with room again"

export_to() { (cd "$bare" && sluice get "$@"); }
refused 100k "write $disk/labs.csv" export_to --at main Labs -o "$disk/labs.csv"
refused 100k "write $disk/labs.db" export_to --at main Labs -o "$disk/labs.db"
[ ! -e "$disk/labs.csv" ] && [ ! -e "$disk/labs.db" ] || fail "half a file"
export_to --at main Labs -o "$disk/labs.csv"

# room is made without any
fill 0
(cd "$bare" && sluice store gc) >/dev/null || fail "no gc on a full disk"
room
fill 0
! said=$(sluice-post --outbox "$disk/outbox.db" --once \
	--url http://127.0.0.1:1/repos/a/b \
	--put "success:$(printf %040d 1):words" 2>&1) || fail "put on a full disk"
has "$said" "outbox $disk/outbox.db: database or disk is full" "the outbox's word"
