#!/usr/bin/env bash
# A branch that reads files which were never taken gets the child snapshot:
# production's date and files, and exactly what the branch adds. Production's
# own results stay, and a merge computes nothing.
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
landing=$work/landing
git -C "$bare" config sluice.landing "$landing"
deliver() { # NAME TEXT: written a minute ago
	mkdir -p "$(dirname "$landing/$1")"
	printf '%s' "$2" >"$landing/$1"
	touch -d '1 minute ago' "$landing/$1"
}
source_node() { # NAME PATTERN...
	local name=$1
	shift
	mkdir -p "$(dirname "$name")"
	printf '@include action/source/file\n@path %s\n' "$*" >"$name"
}
newest() { git -C "$bare" show refs/sluice/snapshots:snapshot.json; }
sources() { newest | jq -r '.sources | keys | join(" ")'; }
patterns() {
	git -C "$bare" log -1 --format=%B refs/sluice/snapshots |
		sed -n 's/^Path: //p' | sort | paste -sd' '
}
snapshots() { git -C "$bare" rev-list --count refs/sluice/snapshots; }
snapshot_of() { run_of "$1" manifest.json | jq -r .snapshot; }
table_of() { run_of "$1" manifest.json | jq -r ".nodes[\"$2\"].table"; }
rows() { (cd "$bare" && sluice get "$1" --at "$2") | tail -n +2 | paste -sd' '; }
computed() { # BRANCH: nodes that its run computed
	run_of "$1" run.json | jq -r '[.nodes | to_entries[] |
		select(.value.status == "computed") | .key] | join(" ")'
}

deliver labs/a.csv $'id\n1\n'
source_node Labs 'labs/*.csv'
write Count.sql <<'S'
-- @include action/sql/sqlite
-- @depend ./Labs
SELECT count(*) AS n FROM Labs
S
commit 'labs' >/dev/null
push main
run_once

# production's snapshot is of another day (made by hand: nothing of ours writes
# a date but today's)
git -C "$bare" cat-file commit refs/sluice/snapshots >"$work/commit"
today=$(newest | jq -r .date)
newest | sed "s/$today/2026-01-02/" >"$work/snapshot.json"
blob=$(git -C "$bare" hash-object -w "$work/snapshot.json")
tree=$(printf '100644 blob %s\tsnapshot.json\n' "$blob" | git -C "$bare" mktree)
id=$(sha256sum <"$work/snapshot.json" | cut -d' ' -f1)
git -C "$bare" update-ref refs/sluice/snapshots "$(
	sed "1,/^$/d; s/$today/2026-01-02/; s/^Snapshot: .*/Snapshot: $id/" \
		"$work/commit" | git -C "$bare" commit-tree "$tree")"
is "$(cd "$bare" && sluice snapshot --json | jq -r '.snapshots[0].date')" \
	2026-01-02 'the list'
is "$(cd "$bare" && sluice snapshot --json | jq -r '.snapshots[0].snapshot')" \
	"$id" 'its name'
git commit -q --allow-empty -m 'again'
push main
run_once
is "$(snapshot_of main)" "$id" "production's snapshot"

# since then: a delivery for production, one for a new feed
deliver labs/b.csv $'id\n2\n'
deliver vitals/v.csv $'pulse\n60\n'
deliver vitals/w.csv $'pulse\n70\n'

# the same files by other patterns need no other snapshot
git checkout -q -b narrow
source_node One 'labs/a.csv'
source_node Some 'lab?/?.csv'
commit 'one of them, and some' >/dev/null
push narrow
run_once
is "$(snapshot_of narrow)" "$id" 'files that are there'
is "$(snapshots)" 1 'snapshots'
is "$(rows Some narrow)" 1 'what was delivered since is not seen'

# a feed of its own, and one pattern that matches production's files too
git checkout -q main
git checkout -q -b vitals
source_node Vitals 'vitals/*.csv'
source_node First '*/v.csv'
commit 'vitals' >/dev/null
push vitals
run_once
is "$(requests | tail -n 1 | cut -d' ' -f3-)" 'done success' 'the branch'
is "$(snapshots)" 2 'a child'
is "$(sources)" 'labs/a.csv vitals/v.csv vitals/w.csv' 'exactly what was added'
is "$(newest | jq -r .date)" 2026-01-02 'its date'
is "$(patterns)" '*/v.csv labs/*.csv vitals/*.csv' 'its patterns'
is "$(git -C "$bare" log -1 --format=%s refs/sluice/snapshots)" \
	'snapshot of 2026-01-02, 3 files' 'the subject'
is "$(computed vitals)" 'First Vitals' 'what was computed'
is "$(table_of vitals Count)" "$(table_of main Count)" "production's table"
is "$(rows Vitals vitals)" '60 70' 'the rows'

# a wider pattern of production's own directory adds nothing of later days
git checkout -q -b wide
source_node Every '*/*.csv'
commit 'every file' >/dev/null
push wide
run_once
is "$(sources)" 'labs/a.csv vitals/v.csv vitals/w.csv' 'nothing was added'
is "$(snapshots)" 2 'no other snapshot'

# production, before the merge: its run with the child computes nothing
git checkout -q main
git commit -q --allow-empty -m 'as it was'
push main
run_once
is "$(computed main)" '' 'production before the merge'
is "$(snapshot_of main)" "$(snapshot_of vitals)" 'the newest'
# merged: promotes
git merge -q --no-edit vitals
push main
run_once
is "$(computed main)" '' 'the merge'
is "$(rows Vitals main)" '60 70' 'production has it'

# a delivery that comes later is of the next snapshot, for both patterns
deliver vitals/x.csv $'pulse\n80\n'
git checkout -q -b later
source_node Later 'vitals/x*.csv'
later=$(commit 'what came later')
push later
run_once
is "$(requests | tail -n 1)" "later $later done failure" 'later'
has "$(cd "$bare" && sluice report later)" \
	"no file of the landing directory matches 'vitals/x*.csv' in the snapshot of 2026-01-02" \
	'why'
(cd "$bare" && sluice snapshot --take 2>/dev/null >"$work/id")
is "$(sources)" \
	'labs/a.csv labs/b.csv vitals/v.csv vitals/w.csv vitals/x.csv' 'the next'
is "$(newest | jq -r .date)" "$(date +%F)" 'its date'
run_once
is "$(rows Vitals main)" '60 70 80' 'production has fresh data'
(cd "$bare" && sluice retry later >/dev/null)
run_once
is "$(rows Later later)" 80 'and the branch'

# a feed that nobody has delivered yet is the branch's failure alone, and it is
# there when it comes
git checkout -q main
git checkout -q -b early
source_node Early 'early/*.csv'
early=$(commit 'before it comes')
push early
run_once
is "$(requests | tail -n 1)" "early $early done failure" 'early'
n=$(snapshots)
deliver early/e.csv $'e\n1\n'
(cd "$bare" && sluice retry early >/dev/null)
run_once
is "$(requests | tail -n 1)" "early $early done success" 'when it has come'
is "$(snapshots)" $((n + 1)) 'one more'
is "$(rows Early early)" 1 'its row'
