#!/usr/bin/env bash
# Results carry tier and epoch. A branch that writes results of a desk into the
# server's store, replays one under another key, shares what an action includes,
# races production for a key, or writes to the store from inside of a node:
# production takes none of it. `store epoch --raise` disowns all of before.
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
example
commit one >/dev/null
in_bare() { (cd "$bare" && sluice "$@"); }
store=$bare/sluice
result() { # NODE FILE-OF-MANIFEST: the record's path
	local key
	key=$(jq -r --arg n "$1" '.nodes[$n].key' "$2")
	echo "$store/results/${key:0:2}/${key:2}"
}

# 1. a desk's results in the server's store: of the tier `local`, under the very
# keys that production wants, one of them with rows that nobody computed
git config sluice.store "$store"
sluice run --json >"$work/ran"
sluice manifest >"$work/manifest"
poisoned=$(result ClinicA/Low "$work/manifest")
count=$(jq -r '.nodes["ClinicA/Count"].table' "$work/manifest")
python3 - "$poisoned" "$count" <<'E'
# the seal made anew, as whoever can write files can: canonical, without digest
import hashlib, json, os, sys
path, table = sys.argv[1:]
doc = json.load(open(path))
assert list(doc["records"]) == ["local"], doc
del doc["digest"]
doc["records"]["local"]["table"] = table
def text(d):
    return json.dumps(d, sort_keys=True, separators=(",", ":"),
                      ensure_ascii=False) + "\n"
doc["digest"] = hashlib.sha256(text(doc).encode()).hexdigest()
os.chmod(path, 0o644)
open(path, "w").write(text(doc))
E
wanted=$(jq -r '.nodes["ClinicA/Low"].table' "$work/manifest")
is "$(sluice run --json | jq -r '.nodes[] | select(.node == "ClinicA/Low").table')" \
	"$count" 'the poison works where its tier is taken'
git config --unset sluice.store
push main
run_once
run_of main manifest.json >"$work/manifest"
is "$(jq -r '.nodes["ClinicA/Low"].table' "$work/manifest")" "$wanted" \
	'production computed it itself'
is "$(jq -r '.records | keys | join(" ")' "$(result ClinicA/Low "$work/manifest")")" \
	'branch local' 'beside the other'

# 2. a record of one key replayed under another: its key is in it
low=$(result ClinicA/Low "$work/manifest")
total=$(result ClinicB/Total "$work/manifest")
cp "$low" "$work/kept"
chmod u+w "$low"
cp "$total" "$low"
git commit -q --allow-empty -m two
push main
sed -i 's/n \* 2/n * 2 + 0/' ClinicB/Total.sql
b=$(commit three)
push main
run_once
is "$(requests | tail -n 1)" "main $b done success" 'after a replay'
is "$(run_of main manifest.json | jq -r '.nodes["ClinicA/Low"].table')" "$wanted" \
	'the replayed record is nobody'"'"'s'

# 3. a branch alters what is shared: other keys, and main is as it was
git checkout -q -b evil
mkdir -p shared
write shared/low.sql <<'E'
-- @include action/sql/sqlite
E
sed -i 's/< 3.5/< 99/' ClinicA/Low.sql
write Write.sh <<E
# @include action/bash
for f in '$store'/results/*/* '$store'/blobs/*/*; do echo poison >"\$f"; done 2>/dev/null
echo poison >'$store'/results/00/poison 2>/dev/null
mkdir -p '$store/desk/poison' 2>/dev/null
printf 'n\n%s\n' "\$(ls '$store' 2>/dev/null | wc -l)" >out.csv
E
commit evil >/dev/null
push evil
git checkout -q main
# 4. and races it for the same keys
git commit -q --allow-empty -m four
d=$(git rev-parse HEAD)
push main
start_runner
all_done() { requests >"$work/r" && grep -q "main $d done" "$work/r" &&
	grep -q '^evil .* done' "$work/r"; }
wait_for 60 all_done
kill "$runner"
wait "$runner" 2>/dev/null || true
is "$(run_of main manifest.json | jq -r '.nodes["ClinicA/Low"].table')" "$wanted" \
	'production beside the branch'
[ ! -e "$store/results/00/poison" ] && [ ! -e "$store/desk/poison" ] ||
	fail 'a node wrote to the store'
is "$(in_bare store fsck --json | jq -c '[.damaged, .strangers]')" '[[],0]' 'the store'
if [ "$(run_of evil manifest.json | jq -r '.nodes.Write.state')" = ok ]; then
	is "$(in_bare get Write --at evil | tail -n 1)" 0 'what a node sees of the store'
fi

# 5. one command disowns all of it
is "$(in_bare store epoch --raise --json)" '{"epoch":1,"raised":true}' 'raised'
is "$(in_bare store epoch)" 'epoch 1' 'the epoch'
before=$(run_of main manifest.json)
git commit -q --allow-empty -m five
c=$(git rev-parse HEAD)
push main
run_once
is "$(requests | tail -n 1)" "main $c done success" 'after the epoch'
is "$(run_of main run.json | jq '[.nodes[] | select(.reused == true)] | length')" 0 \
	'nothing of before was used'
is "$(run_of main manifest.json)" "$before" 'and the tables are the same'
