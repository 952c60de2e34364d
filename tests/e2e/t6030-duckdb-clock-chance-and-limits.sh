#!/usr/bin/env bash
# The time is the snapshot's date, however it is asked for, and only who may
# ask for it runs again on another date; chance comes from the key; time,
# memory and threads have limits, and what exceeds the memory is spilled.
. "$(dirname "$0")/lib.sh"
need_duckdb

mkdir "$work/p" && cd "$work/p" && git init -q
write Clock.sql <<'E'
-- @include action/sql/duckdb
SELECT now() AS a, current_date AS b, today() AS c, current_timestamp AS d,
 get_current_timestamp() AS e, transaction_timestamp() AS f, localtimestamp AS g,
 localtime AS h, age(TIMESTAMP '2025-11-20') AS i, ago(INTERVAL 1 DAY) AS j,
 uuid_extract_timestamp(uuidv7()) AS k, current_time AS l,
 now().age() AS m, (SELECT max(x) FROM (VALUES (current_date)) t(x)) AS n
E
write Plain.sql <<'E'
-- @include action/sql/duckdb
SELECT 1 AS x -- not today()
E
write Chance.sql <<'E'
-- @include action/sql/duckdb
SELECT range AS i, random() AS r, uuid() AS u, gen_random_uuid() AS v, uuidv4() AS w
FROM range(3000)
E
write Sample.sql <<'E'
-- @include action/sql/duckdb
SELECT range AS i FROM range(10000) USING SAMPLE 20
E
commit one >/dev/null
sluice run --at HEAD >/dev/null 2>"$work/log" || fail "$(cat "$work/log")"
# the commit is of 2026-11-20
is "$(sluice get Clock --at HEAD | tail -n 1)" "2026-11-20 00:00:00+00,2026-11-20,2026-11-20,2026-11-20 00:00:00+00,2026-11-20 00:00:00+00,2026-11-20 00:00:00+00,2026-11-20 00:00:00,00:00:00,1 year,2026-11-19 00:00:00+00,2026-11-20 00:00:00+00,00:00:00+00,00:00:00,2026-11-20" "the clock"
is "$(sluice get Chance --at HEAD | tail -n +2 | cut -d, -f2- | tr , '\n' | sort -u | wc -l)" 12000 "all differ"
first=$(sluice get Chance --at HEAD && sluice get Sample --at HEAD)
# executed again, they give the same
sluice verify HEAD --rebuild >"$work/log" 2>&1 || fail "not the same again: $(cat "$work/log")"
# other code draws other numbers
echo '-- a change' >>Chance.sql
echo '-- a change' >>Sample.sql
commit other >/dev/null
sluice run --at HEAD >/dev/null 2>&1
[ "$first" != "$(sluice get Chance --at HEAD && sluice get Sample --at HEAD)" ] || fail "the same numbers for another key"
# on another day only the clock is asked again
export GIT_COMMITTER_DATE='2026-12-24T08:00:00Z'
commit two >/dev/null
has "$(sluice run --at HEAD 2>&1)" "1 computed, 3 reused" "another date"
has "$(sluice get Clock --at HEAD)" "2026-12-24,2026-12-24" "the new date"

# limits
write Slow.sql <<'E'
-- @include action/sql/duckdb
-- @timeout 1s
SELECT count(*) AS n FROM range(1000000000000) t(x) WHERE x % 7 = 3
E
write Large.sql <<'E'
-- @include action/sql/duckdb
-- @memory 40MiB
SELECT list(md5(range::VARCHAR)) AS l FROM range(3000000)
E
write Spilled.sql <<'E'
-- @include action/sql/duckdb
-- @memory 100MiB
SELECT count(*) AS n, min(y) AS y
FROM (SELECT DISTINCT md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS y FROM range(3000000))
E
write Threads.sql <<'E'
-- @include action/sql/duckdb
-- @threads 2
SELECT count(*) AS n FROM range(3000000) t(x) WHERE x % 7 = 3
E
commit limits >/dev/null
! sluice run --at HEAD >"$work/log" 2>&1 || fail "no limit held"
has "$(cat "$work/log")" "Slow.sql:3:1: the time limit is over (@timeout)" "time"
has "$(cat "$work/log")" "Large.sql:3:1: the memory limit is reached (@memory)" "memory"
is "$(sluice get Spilled --at HEAD | tail -n 1)" \
	"3000000,$(python3 - <<'E'
from hashlib import md5
m = lambda i: md5(str(i).encode()).hexdigest()
print(min(m(i) + m(i + 1) for i in range(3000000)))
E
)" "what was spilled"
is "$(sluice get Threads --at HEAD)" "n
428571" "two threads"
# nothing is left where it was spilled
is "$(find .git/sluice /tmp -maxdepth 4 -name 'duckdb_temp*' 2>/dev/null)" "" "left behind"
