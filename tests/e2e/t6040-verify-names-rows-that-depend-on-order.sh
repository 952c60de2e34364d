#!/usr/bin/env bash
# verify --rebuild executes DuckDB's nodes with their inputs backwards, too: a
# node whose rows depend on that is named with the columns; its result is kept
# as it was, and what is below it is not blamed.
. "$(dirname "$0")/lib.sh"
need_duckdb

mkdir "$work/p" && cd "$work/p" && git init -q
write Visit.csv <<'E'
id,patient,day,weight
1,1,2026-01-01,70.1
2,1,2026-01-01,70.2
3,1,2026-01-02,70.3
4,2,2026-01-05,80.7
5,2,2026-01-05,80.9
E
write Steps.csv <<'E'
step
b
a
E
write Steps <<'E'
@ordered
E
node() { # NAME SQL: reads Visit as v
	printf -- '-- @include action/sql/duckdb\n-- @depend ./Visit as v\n%s\n' "$2" |
		write "$1.sql"
}
node Ties 'SELECT id, patient, row_number() OVER (PARTITION BY patient ORDER BY day) AS nth FROM v'
node NoTies 'SELECT id, patient, row_number() OVER (PARTITION BY patient ORDER BY day, id) AS nth FROM v'
node Some 'SELECT id, day FROM v LIMIT 2'
node Sum 'SELECT patient, sum(weight / 3) AS w, count(*) AS n FROM v GROUP BY patient'
write Below.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./Ties
SELECT patient, max(nth) AS n FROM Ties GROUP BY patient
E
write First.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./Steps
SELECT first(step) AS s FROM Steps
E
commit all >/dev/null
sluice run 2>"$work/log" || fail "$(cat "$work/log")"
before=$(sluice manifest --json 2>/dev/null || sluice manifest)
out=$(sluice verify --rebuild) || fail "verify: $out"
said='its rows depend on the order in which it reads its inputs (row_number() over ties?)'
is "$(grep "$said" <<<"$out" | sort)" "Some: $said: id, day
Ties: $said: id, nth" "who is named"
has "$out" "; 0 problems" "it is no problem"
is "$(sluice verify --rebuild --json | jq -c '.unsettled | map(.node) | sort')" \
	'["Some","Ties"]' "as JSON"
is "$(sluice manifest --json 2>/dev/null || sluice manifest)" "$before" "the manifest"
has "$(sluice run 2>&1)" "0 computed, 8 reused" "the results"
