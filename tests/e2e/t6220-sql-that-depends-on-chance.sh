#!/usr/bin/env bash
# Nondeterminism in SQL. SQLite's is made impossible (its clock, its chance, its
# one thread over inputs in canonical order): two executions are equal, where
# SQLite's own shell gives two answers. DuckDB's likewise, but for @threads,
# which executing twice finds, and for rows that depend on the order of the
# inputs, which verify --rebuild names.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
write v.csv <<'E'
id,patient,day,w
1,1,2026-01-01,70.1
2,1,2026-01-01,70.2
3,1,2026-01-02,70.3
4,2,2026-01-05,80.7
5,2,2026-01-05,80.9
E
kinds=0
sql() { # ENGINE NAME SQL [DIRECTIVE]
	printf -- '-- @include action/sql/%s\n-- @depend ./v\n%s%s\n' "$1" "${4:+-- $4
}" "$3" >"$2.sql"
	kinds=$((kinds + 1))
}
# what the engine itself says of a query, at other times
shell() { sqlite3 -csv :memory: -cmd '.import v.csv v' "$1"; }
later() { LD_PRELOAD="$BUILD/sluice-vary.so" shell "$1"; }
differs_in_shell() { # QUERY
	[ "$(shell "$1")" != "$(later "$1")" ] || fail "the same in SQLite itself: $1"
}

for q in 'random()' 'hex(randomblob(8))' "datetime('now')" 'current_date' "strftime('%s', 'now')"; do
	sql sqlite "Lite$kinds" "SELECT id, $q AS x FROM v"
	differs_in_shell "SELECT id, $q AS x FROM v"
done
sql sqlite LiteShuffle 'SELECT id, row_number() OVER (ORDER BY random()) AS n FROM v'
differs_in_shell 'SELECT group_concat(id) FROM (SELECT id FROM v, generate_series(1, 40) ORDER BY random())'
sql sqlite LiteTies 'SELECT id, row_number() OVER (ORDER BY day) AS n FROM v'
sql sqlite LiteSome 'SELECT id FROM v LIMIT 2'
sql sqlite LiteConcat 'SELECT patient, group_concat(id) AS ids FROM v GROUP BY patient'
sql sqlite LiteBare 'SELECT patient, id FROM v GROUP BY patient'
lite=$kinds
duck=no
if [ -e "$BUILD/../duckdb/libduckdb.so" ]; then
	need_duckdb
	duck=yes
	sql duckdb DuckRandom 'SELECT id, random() AS x FROM v'
	sql duckdb DuckUuid 'SELECT id, uuid() AS x FROM v'
	sql duckdb DuckNow 'SELECT id, now() AS x, current_date AS y FROM v'
	sql duckdb DuckSample 'SELECT id FROM v USING SAMPLE 2'
	sql duckdb DuckTies 'SELECT id, row_number() OVER (ORDER BY day) AS n FROM v'
	sql duckdb DuckSome 'SELECT id, day FROM v LIMIT 2'
	sql duckdb DuckAnyTie 'SELECT patient, any_value(id) AS id FROM v GROUP BY patient'
	sql duckdb DuckFirstTie 'SELECT patient, first(w) AS w FROM v GROUP BY patient'
	sql duckdb DuckConcat "SELECT patient, string_agg(id, ',') AS ids FROM v GROUP BY patient"
	sql duckdb DuckListTie 'SELECT patient, list(id) AS ids FROM v GROUP BY patient'
	sql duckdb DuckArgMax 'SELECT patient, arg_max(id, day) AS id FROM v GROUP BY patient'
	sql duckdb DuckDistinctOn 'SELECT DISTINCT ON (patient) patient, id FROM v'
	# the same with one thread, which is the promise, and with two, where a
	# thread takes 122,880 rows at once and whoever is first gets the next
	many='CREATE TEMP TABLE t AS SELECT i, (i * 7919) % 1000 AS g, 1 / (i + 1) AS x FROM range(1000000) r(i);'
	while read -r name query; do
		sql duckdb "Duck$name" "$many $query"
		sql duckdb "Threads$name" "$many $query" '@threads 2'
	done <<'E'
Sum SELECT g, sum(x) AS s FROM t GROUP BY g
Average SELECT g, avg(x) AS a FROM t GROUP BY g
Any SELECT g, any_value(i) AS i FROM t GROUP BY g
First SELECT g, first(i) AS i FROM t GROUP BY g
List SELECT g, md5(list(i)::TEXT) AS l FROM t GROUP BY g
Nth SELECT g, i, row_number() OVER (ORDER BY g) AS nth FROM t QUALIFY nth < 3000
E
fi
commit all >/dev/null
sluice run 2>"$work/log" || fail "$(cat "$work/log")"
rc=0
out=$(sluice verify --rebuild --json) || rc=$?
found=$(jq -r '.problems[] | "\(.node) \(.problem) \(.columns // [] | join(","))"' <<<"$out" | sort)
lacks "$found" Lite "what SQLite's chance does"
lacks "$found" Duck "what DuckDB's chance does in one thread"
if [ $duck = yes ]; then
	is "$rc" 1 "the status"
	# whether two threads share the rows otherwise is the machine's choice: a
	# busy one lets a single thread take all. Not so for ever
	for _ in {1..40}; do
		[ "$(wc -l <<<"$found")" -lt 6 ] || break
		found=$({ sluice verify --rebuild --json Threads{Sum,Average,Any,First,List,Nth} || true; } |
			jq -r '.problems[] | "\(.node) \(.problem) \(.columns // [] | join(","))"' |
			sort -u - <(printf '%s\n' "$found"))
	done
	is "$(sed 's/i,nth$/i/' <<<"$found" | sort -u)" 'ThreadsAny differs i
ThreadsAverage differs a
ThreadsFirst differs i
ThreadsList differs l
ThreadsNth differs i
ThreadsSum differs s' "what several threads do"
	unsettled=$(jq -r '.unsettled[] | "\(.node) \(.columns)"' <<<"$out" | grep -v ^Threads | sort)
	is "$unsettled" 'DuckAnyTie id
DuckArgMax id
DuckConcat ids
DuckDistinctOn id
DuckFirstTie w
DuckListTie ids
DuckRandom id, x
DuckSample id
DuckSome id, day
DuckTies id, n
DuckUuid id, x' "what depends on the order of the inputs"
fi
key=$(sluice manifest | jq -r .nodes.Lite0.key)
is "$(jq -c '.records | keys' ".git/sluice/results/${key:0:2}/${key:2}")" \
	'["local","verified"]' "what was equal"
echo "$lite kinds in SQLite, $((kinds - lite)) in DuckDB ($duck)"
