#!/usr/bin/env bash
# explain: where a node of delivered files has another key, the files behind it
# are named: changed, new, gone; what is equal is not.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_bare
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
write Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Labs
SELECT count(*) AS n FROM Labs
E
deliver labs/a.csv $'id\n1\n'
deliver labs/b.csv $'id\n2\n'
deliver labs/same.csv $'id\n3\n'
one=$(commit one)
push main
run_once

deliver labs/a.csv $'id\n10\n'
deliver labs/c.csv $'id\n4\n'
rm "$landing/labs/b.csv"
(cd "$bare" && sluice snapshot --take >/dev/null 2>&1)
echo '-- two' >>Sum.sql
two=$(commit two)
push main
run_once

cd "$bare"
text=$(sluice explain Labs "$one..$two")
has "$text" "key: differs from that of ${one:0:7} in files
       changed: labs/a.csv
       new: labs/c.csv
       gone: labs/b.csv" 'the files behind it'
lacks "$text" 'same.csv' 'what is equal'
is "$(sluice explain Labs "$one..$two" --json | jq -c .files)" \
	'[{"change":"changed","path":"labs/a.csv"},{"change":"new","path":"labs/c.csv"},{"change":"gone","path":"labs/b.csv"}]' \
	'as JSON'
is "$(sluice explain Sum "$one..$two" --json | jq 'has("files")')" false \
	'a node that reads no files'

# a clone knows the keys and not what they are made of: it does not say "same"
cd "$clone"
sluice log main >/dev/null
has "$(sluice explain Labs "$one..$two")" "key: differs from that of ${one:0:7}" \
	'in a clone'
