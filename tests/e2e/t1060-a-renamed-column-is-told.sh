#!/usr/bin/env bash
# A file whose header has an empty or a repeated name is read, and whoever
# runs it is told, when it is computed and when it is reused.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
printf 'a,,A\n1,2,3\n' | write T.csv
commit one >/dev/null
for _ in computed reused; do
	sluice run >/dev/null 2>"$work/err" || fail "run"
	has "$(cat "$work/err")" "T.csv: warning: column 2 has no name; it is called c2" "the empty name"
	has "$(cat "$work/err")" "T.csv: warning: column 3 has the name of one before it; it is called A_2" "the repeated name"
done
is "$(sluice get T | head -n 1)" "a,c2,A_2" "the names"
has "$(sluice show T --log)" "warning: column 3" "the log"
