#!/usr/bin/env bash
# A pipeline below the root of a repository that holds other things too: init
# makes it there, not a repository within; names are read from where one
# stands; a root that is not there is told.
. "$(dirname "$0")/lib.sh"

mkdir "$work/r" && cd "$work/r" && git init -q
echo 'a,b' | write data/not-ours.csv
mkdir -p data/pipe
(cd data/pipe && sluice init >/dev/null)
[ ! -e data/pipe/.git ] || fail "a repository within the repository"
is "$(git config sluice.root)" data/pipe "the root"
code=0
sluice init elsewhere 2>"$work/err" || code=$?
is "$code" 2 "a second one"
[ ! -e elsewhere ] || fail "something is left of what was refused"
git config --unset sluice.root
rm -r data/pipe
sluice init data/pipe >/dev/null # a directory that is not there yet
[ ! -e data/pipe/.git ] || fail "a repository within the repository"
is "$(git config sluice.root)" data/pipe "the root of a new directory"
commit one >/dev/null
has "$(sluice run 2>/dev/null)" "6 nodes: 6 computed" "from the top"
cd data/pipe/ClinicA
has "$(sluice show Result -n 1)" "00102" "from where we stand"
has "$(sluice show ../Summary)" "ClinicB" "one above"
has "$(sluice show /Summary)" "ClinicB" "from the root"
has "$(sluice graph Result)" "r <- ClinicA/raw" "a part of the graph"
has "$(sluice run . 2>/dev/null)" "2 nodes: 0 computed, 2 reused" "a directory"
cd "$work/r/data"
has "$(sluice run 2>/dev/null)" "6 nodes: 0 computed, 6 reused" "beside the root"
sed -i 's/AS results/AS n/' pipe/Summary.sql
has "$(sluice plan)" "Summary  changed  data/pipe/Summary.sql:4" "plan"

# a reader that wants no more is no error
cd "$work/r"
sluice get /Summary 2>"$work/err" | true
lacks "$(cat "$work/err")" "roken pipe" "a pipe that was closed"

git config sluice.root nope
code=0
sluice run >/dev/null 2>"$work/err" || code=$?
is "$code" 4 "a root that is not there"
has "$(cat "$work/err")" "git config sluice.root" "what to look at"
code=0
sluice init 2>"$work/err" || code=$?
is "$code" 2 "init beside the root"
has "$(cat "$work/err")" "in 'nope'" "where it is"
