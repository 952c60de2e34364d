#!/usr/bin/env bash
# What is delivered is taken as it is at one moment: half-written files wait,
# what was taken is not changed by a later delivery, and on a server a new
# snapshot runs production again.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
landing=$work/landing
mkdir -p "$landing/labs"
git -C "$bare" config sluice.landing "$landing"
# deliver NAME TEXT: written a minute ago
deliver() {
	printf '%s' "$2" >"$landing/$1"
	touch -d '1 minute ago' "$landing/$1"
}
write Labs <<'E2'
@include action/source/file
@path labs/*.csv
E2
write Sum.sql <<'E2'
-- @include action/sql/sqlite
-- @depend ./Labs
SELECT sum(value) AS total FROM Labs
E2
deliver labs/a.csv $'id,value\n1,10\n'
deliver labs/b.csv.part $'id,val'
commit 'two nodes' >/dev/null
push main

server() { (cd "$bare" && sluice snapshot "$@"); }
is "$(server --json | jq -c .snapshots)" "[]" "before the first"
out=$(server --take --json)
first=$(jq -r .snapshot <<<"$out")
is "$(jq -c '[.files,.bytes,.new,.queued]' <<<"$out")" \
	"[1,14,true,true]" "the first"
python3 - "$bare/sluice/blobs/${first:0:2}/${first:2}" "$out" <<'E2'
import hashlib, json, sys
data = open(sys.argv[1]).read()
want = {"format": "sluice-snapshot/1", "date": json.loads(sys.argv[2])["date"],
        "sources": {"labs/a.csv": {"bytes": 14, "blob":
                    hashlib.sha256(b"id,value\n1,10\n").hexdigest()}}}
assert json.loads(data) == want, data
E2
is "$(git -C "$bare" show refs/sluice/snapshots:snapshot.json | sha256sum |
	cut -d' ' -f1)" "$first" "in git as in the store"

run_once
is "$(run_of main manifest.json | jq -r .snapshot)" "$first" \
	"the run's snapshot"
out=$(server --take --json)
is "$(jq -c '[.snapshot,.new,.queued]' <<<"$out")" "[\"$first\",false,false]" \
	"nothing new"

# a file that is being written: no snapshot, and none half
printf 'id,value\n2,' >"$landing/labs/c.csv"
rc=0
said=$(server --take 2>&1) || rc=$?
is "$rc" 4 "while a file is written"
has "$said" "labs/c.csv was changed less than 2 s ago" "why"
is "$(server --json | jq '.snapshots | length')" 1 "after the refusal"

deliver labs/c.csv $'id,value\n2,32\n'
out=$(server --take --json)
is "$(jq -c '[.files,.new,.queued]' <<<"$out")" "[2,true,true]" "the second"
run_once
is "$(run_of main manifest.json | jq -r .snapshot)" \
	"$(jq -r .snapshot <<<"$out")" "the run of the second"
(cd "$bare" && sluice get Sum --at main) >"$work/sum"
is "$(cat "$work/sum")" $'total\n42' "the answer"
is "$(server --json | jq -c '[.snapshots[].files]')" "[2,1]" "the list"

# a link out of the directory
ln -s /etc/hostname "$landing/labs/d.csv"
rc=0
said=$(server --take 2>&1) || rc=$?
is "$rc" 4 "a link"
has "$said" "labs/d.csv matches a @path and is no regular file" "why"
