#!/usr/bin/env bash
# SQL that reaches for files, for the engine, or for the machine's memory and
# time, in both engines: each is refused or ended, by the engine's guard or by
# the limits behind it; the nodes beside it are well, the runner's memory stays
# as it is. The process that runs SQL holds nothing that could be reached: its
# root is empty, it may start nothing, open no socket, see no other process.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
printf 'name\ncanary\n' >secret.csv
sqlite3 secret.db "CREATE TABLE s(name); INSERT INTO s VALUES ('canary')"
git init -q pipeline
cd pipeline
write T.csv <<'E'
id
7
E
n_nodes=0
# sql ENGINE NAME WANTED <<SQL: WANTED is part of the failure's words
sql() {
	n_nodes=$((n_nodes + 1))
	printf '%s/%s\t%s\n' "$1" "$2" "$3" >>"$work/table"
	{
		printf -- '-- @include action/sql/%s\n-- @depend ../T\n' "$1"
		printf -- '-- @timeout 4s\n-- @memory 64MiB\n'
		cat
	} | write "$1/$2.sql"
}
refused='refused'
s() { sql sqlite "$@"; }
s Attach "$refused" <<<"ATTACH '$work/secret.db' AS x; SELECT * FROM x.s"
s AttachMemory "$refused" <<<"ATTACH ':memory:' AS x; SELECT 1 AS one"
s Pragma "$refused" <<<"PRAGMA database_list; SELECT 1 AS one"
s PragmaTable "$refused" <<<"SELECT * FROM pragma_database_list"
s LoadExtension "$refused" <<<"SELECT load_extension('$work/x.so')"
s ReadFile "" <<<"SELECT readfile('$work/secret.csv') AS f"
s WriteFile "" <<<"SELECT writefile('$work/written', 'x') AS f"
s Edit "" <<<"SELECT edit('x', 'sh') AS f"
s Tokenizer "" <<<"SELECT fts3_tokenizer('simple') AS f"
s VacuumInto "$refused" <<<"VACUUM INTO '$work/written'; SELECT 1 AS one"
s Schema "$refused" <<<"SELECT * FROM sqlite_master"
s WriteSchema "$refused" <<<"UPDATE sqlite_master SET sql = 'x'; SELECT 1 AS one"
s CsvTable "$refused" <<<"CREATE VIRTUAL TABLE temp.v USING csv(filename='$work/secret.csv'); SELECT * FROM v"
s Trigger "$refused" <<<"CREATE TEMP TRIGGER g AFTER INSERT ON T BEGIN SELECT 1; END; SELECT 1 AS one"
s WriteInput "$refused" <<<"DELETE FROM T; SELECT 1 AS one"
s NeverEnds 'time limit' <<<"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) AS n FROM c"
s CrossJoin 'time limit' <<<"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 10000) SELECT count(*) AS n FROM c a, c b, c d WHERE a.x + b.x + d.x = 0"
s Memory 'limit' <<<"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 200000) SELECT length(group_concat(printf('%500d', x))) AS n FROM c"
s LongValue '' <<<"SELECT hex(zeroblob(500000000)) AS v"
s LongerValue '' <<<"SELECT zeroblob(1000000000) AS v"
s DeepExpression '' <<<"SELECT $(printf '(%.0s' $(seq 5000))1$(printf ')%.0s' $(seq 5000)) AS v"
s PatternBomb '' <<<"SELECT count(*) AS n FROM T WHERE '$(printf 'a%.0s' $(seq 60))b' LIKE '$(printf '%%a%.0s' $(seq 40))c' AND $(seq -s ' + ' 1 2000) > 0 AND json_valid(replace(printf('%.20000000c', '['), ' ', ''))
	AND (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c) > 0"
duckdb=$BUILD/../duckdb/libduckdb.so
if [ -e "$duckdb" ]; then
	d() { sql duckdb "$@"; }
	d Attach "$refused" <<<"ATTACH '$work/secret.db' AS x; SELECT 1 AS one"
	d Pragma "$refused" <<<"PRAGMA version; SELECT 1 AS one"
	d Set "$refused" <<<"SET enable_external_access = true; SELECT 1 AS one"
	d Load "$refused" <<<"LOAD '$work/x.duckdb_extension'; SELECT 1 AS one"
	d Install "$refused" <<<"INSTALL httpfs; SELECT 1 AS one"
	d Copy "$refused" <<<"COPY T TO '$work/written'; SELECT 1 AS one"
	d ReadCsv "$refused" <<<"SELECT * FROM read_csv('$work/secret.csv')"
	d ReadText "$refused" <<<"SELECT * FROM read_text('$work/secret.csv')"
	d ReadBlob "$refused" <<<"SELECT * FROM read_blob('/etc/passwd')"
	d Glob "$refused" <<<"SELECT * FROM glob('/*')"
	d FileAsTable "annot access" <<<"SELECT * FROM '$work/secret.csv'"
	d Environment "" <<<"SELECT getenv('PATH') AS p"
	d Settings "$refused" <<<"SELECT * FROM duckdb_settings()"
	d NeverEnds 'limit' <<<"WITH RECURSIVE c(x) AS (SELECT 1::HUGEINT UNION ALL SELECT x + 1 FROM c) SELECT count(*) AS n FROM c"
	d CrossJoin 'limit' <<<"SELECT count(*) AS n FROM range(100000000) a, range(100000000) b WHERE a.range * b.range = -1"
	d Memory '' <<<"SELECT sum(length(s)) AS n FROM (SELECT string_agg(repeat('x', 1000), '') AS s FROM range(1000000))"
	d LongValue '' <<<"SELECT repeat('x', 1000000000) AS v"
else
	echo "# no libduckdb.so: make duckdb gets it; its programs are left out"
fi
write Well.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./T
SELECT id * 2 AS id FROM T
E

# what they want is real: SQLite's own tool does it
[ "$(sqlite3 :memory: "ATTACH '$work/secret.db' AS x; SELECT * FROM x.s")" = canary ] || fail "ATTACH by hand"
has "$(sqlite3 :memory: "SELECT readfile('$work/secret.csv')")" canary "readfile by hand"
sqlite3 :memory: "SELECT writefile('$work/by-hand', 'x')" >/dev/null
[ -e "$work/by-hand" ] || fail "writefile by hand"
if [ -e "$duckdb" ]; then
	echo "COPY (SELECT * FROM read_csv('$work/secret.csv')) TO '$work/copied'" >"$work/copy.sql"
	in_duckdb "$work/copy.sql"
	has "$(cat "$work/copied")" canary "DuckDB by hand"
fi

sluice run Well >/dev/null 2>&1
rc=0
sluice run >"$work/out" 2>&1 || rc=$?
is "$rc" 1 "the run"
is "$(sluice get Well)" "id
14" "the node beside them"
lacks "$(cat "$work/out")" canary "what the run says"
[ ! -e "$work/written" ] || fail "a file was written"
n=0
while IFS=$'\t' read -r name wanted; do
	said=$(grep -F "failed $name:" "$work/out" || true)
	n=$((n + 1))
	[ -n "$said" ] || fail "$name was not stopped: $(sluice get "$name" 2>&1 | head -c 300)"
	has "$said" "$wanted" "$name"
	echo "ok $n - $name"
done <"$work/table"
[ -z "$(find .git/sluice/tmp/jobs -mindepth 1)" ] || fail "something was left: $(find .git/sluice/tmp/jobs)"

# -- behind the guard: the process itself, while it runs SQL --
cat >sqlite/NeverEnds.sql <<'E'
-- @include action/sql/sqlite
-- @timeout 60s
WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 2 FROM c) SELECT count(*) AS n FROM c
E
sluice run sqlite/NeverEnds >"$work/out" 2>&1 &
started+=("$!")
runner=$!
busy() {
	local p
	for p in $(cat /proc/"$runner"/task/*/children); do
		[ "$(sed -n 's/^Seccomp:[^0-9]*//p' "/proc/$p/status")" = 2 ] && held=$p
	done
	[ -n "${held:-}" ] && [ "$(id -u)" != 0 ] && return 0
	[ -n "${held:-}" ] && [ -n "$(find "/proc/$held/fd" -lname '*/tmp/#*' 2>/dev/null)" ]
}
wait_for 20 busy
status=$(cat "/proc/$held/status")
for line in 'NoNewPrivs:	1' 'CapEff:	0000000000000000' 'CapPrm:	0000000000000000'; do
	has "$status" "$line" "the process of SQL"
done
if [ "$(id -u)" = 0 ]; then
	has "$status" 'Uid:	65534	65534	65534	65534' "root's process of SQL"
fi
if [ "$(id -u)" != 0 ]; then
	echo "# what a process that is locked in has open is shown to root alone"
	kill -9 "$runner"
	echo "1..$n"
	exit 0
fi
for kind in mnt net ipc uts; do
	[ "$(readlink "/proc/$held/ns/$kind")" != "$(readlink "/proc/$$/ns/$kind")" ] || fail "SQL shares $kind with us"
done
is "$(awk '{print $5}' "/proc/$held/mountinfo" | tr '\n' ' ')" '/ /tmp ' "what SQL sees of files"
kill -9 "$runner"
echo "ok $((n + 1)) - the process is locked in"
echo "1..$((n + 1))"
