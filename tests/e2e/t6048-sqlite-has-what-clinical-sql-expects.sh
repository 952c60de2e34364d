#!/usr/bin/env bash
# The functions that SQLite lacks and has from us give what DuckDB's of the same
# name give: the same SQL, executed by both.
. "$(dirname "$0")/lib.sh"
need_duckdb

mkdir "$work/p" && cd "$work/p" && git init -q
python3 - >V.csv <<'E'
import random
random.seed(7)
print("id,ward,x,n,code,note")
codes = ["E11.9", "I50.22", "Z99", "e11.65", "", "naïve é", "A1 B22", "x\ty", "a.b.c", "12-34"]
for i in range(400):
    x = "" if i % 11 == 0 else "%.3f" % random.gauss(50, 20)
    note = random.choice(codes)
    print('%d,%d,%s,%s,"%s",%s' % (i, i % 9, x, random.choice(["", random.randrange(100)]),
          random.choice(codes), '"' + note + '"' if i % 13 else ""))
print('400,9,1.5,,"",')
print('401,10,,,"",')
E
python3 - >D.csv <<'E'
import datetime, random
random.seed(8)
print("id,a,b")
day = lambda: datetime.date(1900, 1, 1) + datetime.timedelta(random.randrange(60000))
ends = ["2020-02-29", "2020-01-31", "2019-02-28", "2020-12-31", "2021-01-01", "1969-12-31", "1970-01-01"]
for i in range(600):
    a, b = (random.choice(ends), random.choice(ends)) if i % 3 == 0 else (day(), day())
    if i % 2:
        a, b = ("%s %02d:%02d:%02d" % (d, random.randrange(24), random.randrange(60), random.randrange(60)) for d in (a, b))
    print("%d,%s,%s" % (i, a, b))
E
both() { # NAME KEY DEPEND SQL
	for engine in sqlite duckdb; do
		printf -- '-- @include action/sql/%s\n-- @depend ./%s as t\n-- @key %s\n%s\n' \
			"$engine" "$3" "$2" "$4" | write "$engine/$1.sql"
		sed -i 's|@depend ./|@depend ../|' "$engine/$1.sql"
	done
}
both Groups ward V "SELECT ward, median(x) AS m, median(n) AS mn, round(stddev(x), 9) AS s, round(stddev_samp(n), 9) AS ss,
 round(stddev_pop(x), 9) AS sp, round(variance(x), 6) AS v, round(var_samp(n), 6) AS vs, round(var_pop(x), 6) AS vp,
 string_agg(code, '|') AS l, string_agg(note, ',') AS c FROM t GROUP BY ward"
both Texts id V "SELECT id, md5(code) AS md5,
 CASE WHEN regexp_matches(code, '^[A-Z]\\d{2}\\.') THEN 1 ELSE 0 END AS icd,
 CASE WHEN regexp_matches(note, '(?i)^E1[[:digit:]]') THEN 1 WHEN note IS NULL THEN 2 ELSE 0 END AS e,
 regexp_extract(code, '([A-Z]+)(\\d+)') AS whole, regexp_extract(code, '([A-Za-z]+)(\\d+)', 2) AS digits,
 regexp_replace(code, '\\s+', '_') AS one, regexp_replace(note, '[^\\w]', '', 'g') AS every,
 regexp_replace(code, '([a-z]+)\\.([a-z]+)', '\\2<\\1>', 'g') AS swapped,
 regexp_replace(note, 'x*', '-', 'g') AS hollow, regexp_replace(code, '.', '*', 'g') AS stars,
 regexp_replace(code, '^[a-z]', '', 'g') AS first FROM t"
# texts of several lines, as notes have them, and of other letters than ASCII
python3 - >"$work/notes.csv" <<'E'
import csv, itertools, sys
w = csv.writer(sys.stdout, lineterminator="\n")
w.writerow(["id", "x"])
parts = ["BP: 120/80", "\nHR: 70\n", "é", "心", "a-b^c]d", "\\", "\t", " x.y", "\v"]
w.writerows(enumerate("".join(p) for n in (1, 2, 3) for p in itertools.permutations(parts, n)))
E
write Notes.csv <"$work/notes.csv"
matches=
k=0
for pattern in '.' '^.$' 'é.' '[^é]$' '[[:alpha:]]心' '[a\-c]b' '[]x]d' '[^]a]心' '[\^x]' '[\]\\]' '[.\d]y' '^\D+$' \
	'[[:space:]\d]H' 'x?.*?y$' '[-^]' '[^-^]$'; do
	k=$((k + 1))
	matches="$matches, CASE WHEN regexp_matches(x, '$pattern') THEN 1 ELSE 0 END AS m$k"
done
both Lines id Notes "SELECT id, regexp_extract(x, 'BP: (.+)', 1) AS bp, regexp_replace(x, '.', '-', 'g') AS points,
 regexp_replace(x, '[[:alnum:]]+', '<\\0>', 'g') AS words, regexp_replace(x, '[^[:space:]]', '') AS less$matches FROM t"
columns=
for unit in year quarter month week day hour minute second; do
	columns="$columns, date_diff('$unit', CAST(a AS @), CAST(b AS @)) AS d_$unit"
done
for unit in years quarters months weeks days hours minutes seconds; do
	columns="$columns, date_sub('$unit', CAST(a AS @), CAST(b AS @)) AS s_$unit"
done
both Dates id D "SELECT id${columns//@/TIMESTAMP} FROM t"
# SQLite's CAST makes no timestamps of texts
sed -i 's/CAST(\([ab]\) AS TIMESTAMP)/\1/g' sqlite/Dates.sql
# SQLite alone has it as an operator
write Operator.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./V as t
CREATE TEMP VIEW v AS SELECT id FROM t WHERE code REGEXP '^E\d+';
SELECT count(*) AS n FROM v
E
write Series.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./V as t
CREATE TEMP TABLE days AS SELECT date('2020-02-27', '+' || value || ' days') AS day FROM generate_series(0, 3);
SELECT (SELECT group_concat(day, ' ') FROM days) AS days,
 (SELECT group_concat(value, ' ') FROM generate_series(10, 1, -4)) AS down,
 (SELECT count(*) FROM "generate_series"(5, 4)) AS none,
 (SELECT group_concat(value, ' ') FROM generate_series(9223372036854775806, 9223372036854775807)) AS last,
 (SELECT count(*) FROM generate_series(1, NULL)) AS empty, (SELECT count(*) FROM generate_series(1, 9, 0)) AS still,
 (SELECT sum(value) FROM t, generate_series(1, t.id) WHERE t.id < 4) AS s
E
sluice run >"$work/log" 2>&1 || fail "$(cat "$work/log")"
for node in Groups Texts Lines Dates; do
	sluice get "sqlite/$node" >"$work/lite" && sluice get "duckdb/$node" >"$work/duck"
	[ "$(wc -l <"$work/lite")" -gt 10 ] || fail "$node is empty"
	diff "$work/lite" "$work/duck" >"$work/diff" || fail "$node: $(head -n 8 "$work/diff")"
done
is "$(sluice get Operator)" "n
$(python3 -c 'import csv,re; print(sum(bool(re.match(r"E\d+", r["code"])) for r in csv.DictReader(open("V.csv", newline=""))))')" "REGEXP"
is "$(sluice get Series)" "days,down,none,last,empty,still,s
2020-02-27 2020-02-28 2020-02-29 2020-03-01,10 6 2,0,9223372036854775806 9223372036854775807,0,0,10" "a series"
# errors are the user's to read
write Operator.sql <<'E'
-- @include action/sql/sqlite
SELECT regexp_matches('a', '(') AS a
E
! sluice run Operator >"$work/log" 2>&1 || fail "an open bracket"
has "$(cat "$work/log")" "Operator.sql:2:1: Unmatched ( or" "a pattern's error"
refuse() { # EXPRESSION WORDS
	printf -- '-- @include action/sql/sqlite\nSELECT %s AS a\n' "$1" | write Operator.sql
	! sluice run Operator >"$work/log" 2>&1 || fail "$1 was computed"
	has "$(cat "$work/log")" "$2" "$1"
}
# what would be another match without a word
refuse "regexp_extract('a \"b\" \"c\"', '\".*?\"')" 'the shortest match) are DuckDB'
refuse "regexp_replace('a', '(?:a)', '')" 'of the groups that begin with (? there is (?i) alone'
refuse "regexp_matches('a', '[a')" 'a [ that does not end'
refuse "regexp_matches('a', '[\\D]')" 'a class in it that is not known'
write Operator.sql <<'E'
-- @include action/sql/sqlite
SELECT date_diff('fortnight', '2020-01-01', '2020-02-01') AS a
E
! sluice run Operator >"$work/log" 2>&1 || fail "an unknown unit"
has "$(cat "$work/log")" "the unit is year, quarter, month" "a unit's error"
