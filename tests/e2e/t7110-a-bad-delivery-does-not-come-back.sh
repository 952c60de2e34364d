#!/usr/bin/env bash
# A rollback from data: the same commit with an earlier delivery is served, the
# runs of the nights that follow are not, until a new commit is there; with
# sluice.publish each all units go back as they stood. The forge shows it, and
# not why; from a clone it is asked for where the server lets clones ask.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
landing=$work/landing
mkdir -p "$landing"
start_forge
echo x >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
git -C "$bare" config sluice.landing "$landing"
git -C "$bare" config sluice.publish each
deliver() { # TEXT: written a minute ago
	printf '%s' "$1" >"$landing/labs.csv"
	touch -d '1 minute ago' "$landing/labs.csv"
}
in_bare() { (cd "$bare" && sluice "$@"); }
night() { # TEXT: it is delivered, cron comes by, and production runs
	deliver "$1"
	in_bare snapshot --take >/dev/null
	run_once
}
total() { in_bare get --at production /North/Sum | tail -n 1; }
shown() { # COMMIT: "CONTEXT STATE TEXT", the newest of sluice/promote
	curl -s --noproxy '*' -H 'Authorization: Bearer x' \
		"${forge_url%/repos/*}/repos/clinic/data/commits/$1/statuses" |
		jq -r '[.[] | select(.context == "sluice/promote")][0] | .state + " " + .description'
}
exits() {
	local want=$1 rc=0
	shift
	sluice "$@" >"$work/said" 2>&1 || rc=$?
	is "$rc" "$want" "sluice $*: $(cat "$work/said")"
}

deliver $'id,value\n1,10\n'
make_clone
write Labs <<<$'@include action/source/file\n@path labs.csv'
write North/Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend /Labs
SELECT sum(value) AS total FROM Labs
E
write South/One.sql <<'E'
-- @include action/sql/sqlite
SELECT 1 AS one
E
one=$(commit 'sums')
push main
run_once
good=$(git -C "$bare" rev-parse refs/sluice/runs/main)
is "$(total)" 10 'the first night'
night $'id,value\n1,10\n1,10\n'
is "$(total)" 20 'the labs came twice'

(in_bare rollback --reason 'the labs came twice' >/dev/null)
is "$(total)" 10 'back'
is "$(in_bare log production --json | jq -r '.[0].run')" "$good" 'the run before'
run_once
is "$(shown "$one")" 'success rolled back: an earlier run of this commit is served' \
	'the forge'
grep -q 'came twice' "$forge_log" && fail 'the reason left the house'
told=$(grep -c sluice/promote "$forge_log")
run_once
is "$(grep -c sluice/promote "$forge_log")" "$told" 'told once'

# the nights that follow run, and are not served
night $'id,value\n1,10\n1,10\n2,5\n'
is "$(run_of main manifest.json | jq -r .snapshot)" \
	"$(in_bare snapshot --json | jq -r '.snapshots[0].snapshot')" 'it ran'
is "$(total)" 10 'and is not served'

# mended, and a new commit says so; a unit of it fails and keeps what it had
sed -i 's/SELECT 1/SELECT nothing/' South/One.sql
two=$(commit 'the labs are mended')
push main
run_once
is "$(total)" 25 'a new commit is served'
is "$(in_bare manifest production | jq -r '.nodes["South/One"].state')" stale 'South'
mixed=$(in_bare manifest production)
sed -i 's/SELECT nothing/SELECT 2/' South/One.sql
sed -i 's/sum(value)/sum(value) + 1/' North/Sum.sql
three=$(commit 'both are new')
push main
run_once
is "$(total)" 26 'three'

# asked for from a clone: not unless the server says so
start_runner
exits 2 rollback --reason 'not allowed'
has "$(cat "$work/said")" 'production is rolled back in the repository on the server alone' \
	'not asked to'
is "$(total)" 26 'nothing moved'
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
git -C "$bare" config sluice.rollback clones
start_runner
exits 0 rollback --reason 'both were wrong'
has "$(cat "$work/said")" 'origin: production serves run' 'what came of it'
is "$(in_bare manifest production)" "$mixed" 'all units as they stood'
is "$(in_bare log production --json | jq -c '.[0] | [.kind, .commit, .user, .reason, .held]')" \
	"[\"rollback\",\"$two\",\"ann\",\"both were wrong\",\"$three\"]" 'who asked, and why'
told() { shown "$three" | grep -q "^failure rolled back: the tables of ${two:0:12} are served"; }
wait_for 30 told
is "$(shown "$two")" 'success rolled back: served again' 'of the commit that is served'
exits 2 rollback "$three~1" --reason 'the same once more'
has "$(cat "$work/said")" 'is what is served now' 'found here already'
exits 2 rollback nothing --reason x
has "$(cat "$work/said")" 'no run of nothing is known' 'no such run'

# who asks has seen something else served than is by now: nothing moves
now=$(git -C "$bare" rev-parse refs/sluice/production)
ask() { # JSON: what the pusher is told
	git push -q origin "$(git hash-object -w --stdin <<<"$1"):refs/sluice-requests/$RANDOM" \
		2>"$work/said" || fail "push: $(cat "$work/said")"
}
request() { # RUN PRODUCTION
	jq -nc --arg c "$one" --arg r "$1" --arg p "$2" '{branch: "main", commit: $c,
		do: "rollback", format: "sluice-request/1", production: $p, reason: "x", run: $r}'
}
ask "$(request "$good" "$(git -C "$bare" rev-parse "$now~1")")"
has "$(cat "$work/said")" 'not done: production was moved since it was looked at' 'seen too late'
ask "$(request "$(git -C "$bare" rev-parse "$now")" "$now")"
has "$(cat "$work/said")" 'refused: no run of' 'an entry is no run'
is "$(git -C "$bare" rev-parse refs/sluice/production)" "$now" 'nothing moved'
ask "$(request "$good" "$now")"
has "$(cat "$work/said")" 'production serves run' 'as it was seen'
is "$(total)" 10 'the first night'
