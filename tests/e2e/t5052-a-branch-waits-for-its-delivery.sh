#!/usr/bin/env bash
# A branch whose new files are still being delivered waits: the pusher is told
# so, `sluice status` says which file and why, the forge that it is pending and
# no file's name. When the delivery is complete it runs; what overtakes, cancels
# or deletes it ends the waiting; nobody else waits for it.
. "$(dirname "$0")/lib.sh"

make_bare
FORGE=gitea start_forge # it takes more posts a minute than GitHub
git -C "$bare" config sluice.forge.type gitea
echo s3cret >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone
landing=$work/landing
git -C "$bare" config sluice.landing "$landing"
mkdir -p "$landing/labs" "$landing/new"
printf 'id\n1\n' >"$landing/labs/a.csv"
touch -d '1 minute ago' "$landing/labs/a.csv"
printf '@include action/source/file\n@path labs/*.csv\n' >Labs
commit 'labs' >/dev/null
start_runner
push main
status() { (cd "$bare" && sluice status "$@"); }
last() { # BRANCH: its newest request, "STATE OUTCOME"
	sqlite3 -separator ' ' "$bare/sluice/runner/run.db" "SELECT state, outcome
		FROM request WHERE branch = '$1' ORDER BY id DESC LIMIT 1"
}
is_last() { [ "$(last "$1")" = "$2" ]; }
waits() { case $(status) in *"it waits: $1"*) ;; *) false ;; esac; }
told() { # COMMIT: the descriptions that the forge took, in order
	python3 - "$forge_log" "$1" <<'P'
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    r = json.loads(line)
    if r["method"] == "POST" and r["path"].endswith(sys.argv[2]):
        b = r["body"]
        print((json.loads(b) if isinstance(b, str) else b)["description"])
P
}
wait_for 20 is_last main 'done success'

# a writer that never rests (its file is always of this moment)
comes() { # NAME: still being written
	printf 'x\n' >"$landing/new/$1"
	touch -d 'now + 1 hour' "$landing/new/$1"
}
is_there() { # NAME: complete
	printf 'x\n1\n' >"$landing/new/$1"
	touch -d '1 minute ago' "$landing/new/$1"
}
comes p.csv
git checkout -q -b told
printf '@include action/source/file\n@path new/*.csv\n' >New
commit 'new files' >/dev/null
# the machine may be busy: what was not known in time is "queued"; then the ref
# is taken back on the server, and the same is pushed again
for i in $(seq 100); do
	push told
	grep -q 'sluice: queued' "$work/pushed" || break
	[ "$i" != 100 ] || fail "never answered in time: $(cat "$work/pushed")"
	git -C "$bare" update-ref -d refs/heads/told
done
has "$(cat "$work/pushed")" 'it waits: new/p.csv has a time' \
	'what the pusher sees'
has "$(cat "$work/pushed")" 'Report: sluice report told' 'and the rest'
push :told
git checkout -q -b exp
exp=$(commit 'the same')
push exp
wait_for 20 waits 'new/p.csv has a time'
has "$(status)" 'queued   exp' 'its state'
is "$(status --json | jq -r '.requests[] | select(.branch == "exp") |
	[.state, .attempts] | join(" ")')" 'queued 0' 'waiting is no attempt'

# others go on meanwhile, production too
git checkout -q -b other main
write One.sql <<'S'
-- @include action/sql/sqlite
SELECT 1 AS one
S
commit 'one' >/dev/null
push other
wait_for 20 is_last other 'done success'
git checkout -q main
commit 'again' >/dev/null
push main
wait_for 20 is_last main 'done success'
wait_for 20 is_last exp 'queued ' # it runs while its files are looked for

is_there p.csv
wait_for 40 is_last exp 'done success'
is "$(run_of exp manifest.json | jq -r .nodes.New.rows)" 1 'its row'
is "$(runs_of exp)" 1 'runs'
# a pending one that was not sent in time is none
forge_ended() { case " $(statuses_of "$1")" in *" $2") ;; *) false ;; esac; }
wait_for 20 forge_ended "$exp" success
is "$(told "$exp" | grep -c 'waits for files that are still being delivered')" 1 \
	'the forge, however often it was looked for'
lacks "$(cat "$forge_log")" 'p.csv' 'what leaves the house'

# overtaken while it waits: by a commit that waits too, and by one that does not
comes q.csv
git checkout -q exp
printf '@include action/source/file\n@path new/q*.csv\n' >New
second=$(commit 'q')
push exp
wait_for 20 waits 'new/q.csv'
third=$(commit 'q again')
push exp
wait_for 20 forge_ended "$second" error
has "$(told "$second")" "superseded by ${third:0:7}" 'the second'
wait_for 20 waits 'new/q.csv'
printf '@include action/source/file\n@path new/p.csv\n' >New
fourth=$(commit 'p alone')
push exp
wait_for 20 is_last exp 'done success'
wait_for 20 forge_ended "$third" error
has "$(told "$third")" "superseded by ${fourth:0:7}" 'the third'
wait_for 20 forge_ended "$fourth" success

# cancelled, and deleted, while it waits
git checkout -q -b stopped
printf '@include action/source/file\n@path new/q*.csv\n' >New
stopped=$(commit 'q')
push stopped
wait_for 20 waits 'new/q.csv'
(cd "$bare" && sluice cancel stopped >/dev/null)
wait_for 20 is_last stopped 'cancelled '
wait_for 20 forge_ended "$stopped" error
git checkout -q -b gone
gone=$(commit 'gone')
push gone
wait_for 20 waits 'new/q.csv'
push :gone
wait_for 20 is_last gone 'superseded '
wait_for 20 forge_ended "$gone" error
has "$(told "$gone")" 'the branch was deleted' 'the end of a deleted branch'
lacks "$(cat "$forge_log")" 'q.csv' 'what leaves the house'

# a runner that is killed while one waits, and started anew
git checkout -q -b restart
restart=$(commit 'restart')
push restart
wait_for 20 waits 'new/q.csv'
kill -9 "$runner"
wait "$runner" 2>/dev/null || true
is_there q.csv
start_runner
wait_for 20 is_last restart 'done success'
is "$(runs_of restart)" 1 'runs behind a death'
wait_for 20 forge_ended "$restart" success
kill "$runner"
wait "$runner" || true

# --once does what it can, says what is left, and ends; the next one goes on
comes r.csv
git checkout -q -b once
printf '@include action/source/file\n@path new/r.csv\n' >New
once=$(commit 'r')
push once
git checkout -q -b beside main
commit 'beside' >/dev/null
push beside
run_once
has "$(cat "$work/runner.log")" "${once:0:12} of once is left: it waits: new/r.csv" 'what is left'
is "$(last once)" 'queued ' 'it waits'
is "$(last beside)" 'done success' 'the other one'
is_there r.csv
run_once
is "$(last once)" 'done success' 'the next time'
