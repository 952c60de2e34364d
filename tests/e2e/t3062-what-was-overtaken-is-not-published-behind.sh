#!/usr/bin/env bash
# A request that a newer tip has overtaken, and that was put off before it heard
# of it, is taken when the tip's run is there: it ends as superseded, and the
# newest run of the branch stays the tip's.
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
example
commit 'four nodes' >/dev/null
push main
git checkout -q -b exp
sed -i 's/n \* 2/n * 3/' ClinicB/Total.sql
first=$(commit 'three')
push exp
run_once
sed -i 's/n \* 3/n * 4/' ClinicB/Total.sql
tip=$(commit 'four')
push exp
run_once
newest() { run_of exp run.json | jq -r .commit; }
is "$(newest)" "$tip" 'before'
is "$(runs_of exp)" 2 'runs'

# as it is where the file of another was locked while it ran
sqlite3 "$bare/sluice/runner/run.db" "UPDATE request SET state = 'queued',
	stop = 'superseded', due = 1, run = '', outcome = '', ended = 0
	WHERE commit_id = '$first'"
run_once
is "$(newest)" "$tip" 'the newest run'
is "$(runs_of exp)" 2 'runs, still'
has "$(requests)" "exp $first superseded" 'its end'
