#!/usr/bin/env bash
# explain has an answer for every node: below a delivered file it names the
# file, below a changed line the line and its author, of what is reused the run
# that made it; of a night's run with the same commit against the run before;
# and in a clone, which has neither tables nor what keys are made of, the same.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
make_clone
landing=$work/landing
mkdir -p "$landing/labs"
git -C "$bare" config sluice.landing "$landing"
deliver() { # NAME TEXT: written a minute ago
	printf '%s' "$2" >"$landing/$1"
	touch -d '1 minute ago' "$landing/$1"
}
write Labs <<'E'
@include action/source/file
@path labs/*.csv
E
write Other.csv <<'E'
id
7
E
write Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Labs
SELECT count(*) AS n FROM Labs
E
write Both.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Sum
-- @depend ./Other
SELECT Sum.n, Other.id FROM Sum, Other
E
write Apart.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Other
SELECT id + 1 AS id FROM Other
E
deliver labs/a.csv $'id\n1\n'
one=$(commit one)
push main
run_once
first=$(git -C "$bare" rev-parse refs/sluice/runs/main)

# the next delivery, the same commit
deliver labs/b.csv $'id\n2\n'
(cd "$bare" && sluice snapshot --take >/dev/null 2>&1)
run_once
cd "$bare"
text=$(sluice explain Both "$one..$one")
has "$text" 'key: differs from that of the run before in input Sum: column n' 'a night'
has "$text" '  behind it: Labs (Labs)
       new: labs/b.csv' 'the file that was delivered'
is "$(sluice explain Both "$one..$one" --json | jq -c '[.behind[] | [.node, (.files[] | .change, .path)]]')" \
	'[["Labs","new","labs/b.csv"]]' 'as JSON'
text=$(sluice explain Apart "$one..$one")
has "$text" 'last run: reused' 'reused'
has "$text" "made by the run of ${one:0:7}" 'which run made it'
has "$text" 'key: the same as that of the run before' 'reused'
lacks "$text" 'behind it' 'nothing is behind it'

# a line of a node above, by somebody else, and a file: both are named
cd "$clone"
sed -i 's/count(\*)/count(*) + 1/' Sum.sql
echo 8 >>Other.csv
two=$(GIT_AUTHOR_NAME=Bea commit two)
push main
run_once
cd "$bare"
text=$(sluice explain Both "$one..$two")
has "$text" "(Bea, ${two:0:7})" 'the author'
has "$text" 'behind it: Sum (Sum.sql)' 'the code above'
has "$text" 'behind it: Other (Other.csv)' 'the file above'
lacks "$text" 'behind it: Labs' 'what is as it was'
has "$(sluice explain Labs "$one..$two")" 'key: the same as that of' 'reused'
server=$(sluice explain Both "$one..$two" --json | jq -c '[.behind, .status, .commit, .author]')

# a clone of today has manifests and records alone
cd "$work"
git clone -q "$bare" desk2
cd desk2
git config sluice.store "$work/desk2-store"
sluice log main >/dev/null
has "$(sluice explain Both "$one..$two")" "key: differs from that of ${one:0:7} in input" 'in a clone'
is "$(sluice explain Both "$one..$two" --json | jq -c '[.behind, .status, .commit, .author]')" \
	"$server" 'the same in a clone'
has "$(sluice explain Sum "$one..$two")" "key: differs from that of ${one:0:7} in code" 'code, in a clone'
has "$(sluice explain Labs "$one..$two")" 'last run: reused' 'reused, in a clone'
# the files of the night's delivery, from what was fetched
has "$(sluice explain Labs "$first..$two" 2>&1)" 'labs/b.csv' 'the delivered file, in a clone'
