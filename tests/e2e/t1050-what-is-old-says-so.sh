#!/usr/bin/env bash
# What is shown of files that changed since they were run says so; what was
# asked wrongly is told with the way to ask.
. "$(dirname "$0")/lib.sh"

# wrong STATUS PART COMMAND...
wrong() {
	local status=$1 part=$2 code=0
	shift 2
	"$@" >"$work/out" 2>"$work/err" || code=$?
	is "$code" "$status" "$*"
	has "$(cat "$work/err")" "$part" "$*"
}
# chatter COMMAND...: what it says beside its result
chatter() {
	"$@" >"$work/out" 2>"$work/said"
	cat "$work/said"
}

mkdir "$work/p" && cd "$work/p" && git init -q
wrong 4 "makes one" sluice show X
mkdir marts
write marts/Orders.sql <<'E'
-- @include action/sql/sqlite
SELECT 1 AS n
E
write marts/Other.sql <<'E'
-- @include action/sql/sqlite
SELECT 2 AS n
E
commit one >/dev/null
sluice run >/dev/null 2>&1
old="files have changed since this was run"
for command in "show marts/Orders" "get marts/Orders" diff report; do
	# shellcheck disable=SC2086 # words of a command
	lacks "$(chatter sluice $command)" "$old" "$command, nothing changed"
done
sed -i 's/1 AS n/3 AS n/' marts/Orders.sql
for command in "show marts/Orders" "get marts/Orders" diff report; do
	# shellcheck disable=SC2086
	has "$(chatter sluice $command)" "$old" "$command, a file changed"
done
lacks "$(chatter sluice show marts/Orders --at HEAD)" "$old" "a commit"

wrong 2 "did you mean '/marts/Orders'?" sluice show orders
wrong 2 "did you mean /marts/Orders?" sluice run Orders
wrong 2 "did you mean 'sluice show'?" sluice shwo
wrong 2 "there is no branch, tag or commit 'nope' here" sluice show marts/Orders --at nope
wrong 2 "there is no branch, tag or commit 'nope' here" sluice run --at nope
wrong 2 "there is no branch, tag or commit 'nope' here" sluice verify nope
wrong 3 "the pipeline's text has 1 error" sluice run --set nope=1
wrong 2 "--jobs takes a number above 0, not 'x'" sluice run --jobs x
wrong 2 "--set takes NAME=VALUE, not 'x'" sluice run --set x
wrong 2 "-n takes a number of rows, not 'x'" sluice show marts/Orders -n x
wrong 2 "--format takes csv, sqlite or parquet, not 'xlsx'" sluice get marts/Orders --format xlsx
wrong 2 "--format takes text, md, html, json or comment, not 'pdf'" sluice report --format pdf
wrong 2 "--grace takes a number of days, not 'x'" sluice store gc --grace x
wrong 4 "what this desk ran is shown by" sluice log
sluice run marts/Orders >/dev/null 2>&1
wrong 2 "only what was asked of it" sluice show marts/Other
mkdir ClinicB && touch ClinicB/lab
wrong 2 "is there already" sluice init
[ ! -e Summary.sql ] || fail "init wrote half of its example"
