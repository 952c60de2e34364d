#!/usr/bin/env bash
# Canaries: strings of this run alone stand in cells, in names of columns that
# data made, in names of data files and of the branch, and in what 28 programs of
# SQL, Python, R and Bash print as they fail. Every byte that reaches the forge
# (as three forges get it: statuses and comments, of runs that fail, succeed,
# break, cannot be done and are cancelled) and every note that was ever written
# is searched for them as they are, in base64, in hexadecimal, and backwards.
# What is declared may leave, and does: without that the search would prove
# nothing.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null ||
	skip 'python3-jsonschema is missing'
command -v Rscript >/dev/null || skip 'Rscript is missing'
export no_proxy='*'
token=s3cret-t0ken
top=$work
trap 'work=$top; finish' EXIT
run=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
CELL=Cell$run COLUMN=Column$run FILE=File$run BRANCH=Branch$run ERROR=Error$run

# program NAME, its text from stdin; @CELL@ and the like stand for the canaries
program() {
	mkdir -p Bad
	sed "s/@CELL@/$CELL/g; s/@COLUMN@/$COLUMN/g; s/@FILE@/$FILE/g
		s/@ERROR@/$ERROR/g" >"Bad/$1"
}
sql() {
	program "$1" <<E
-- @include action/sql/sqlite
-- @depend ../Data as d
$(cat)
E
}
python() {
	program "$1" <<E
# @include action/python
# @depend ../Data as d
import csv, json, os, subprocess, sys
rows = list(csv.DictReader(open("in/d.csv")))
$(cat)
E
}
r() {
	program "$1" <<E
# @include action/r
# @depend ../Data as d
d <- read.csv("in/d.csv")
$(cat)
E
}
bash_() {
	program "$1" <<E
# @include action/bash
# @depend ../Data as d
$(cat)
E
}

programs() {
	sql S1.sql <<<'SELECT no_such_@ERROR@ FROM d'
	sql S2.sql <<<"SELECT json_extract(name, '\$.x') FROM d"
	sql S3.sql <<<"SELECT * FROM d WHERE name REGEXP name || '('"
	sql S4.sql <<<"CREATE TEMP TABLE t(x TEXT PRIMARY KEY); INSERT INTO t SELECT name FROM d; INSERT INTO t SELECT name FROM d; SELECT * FROM t"
	sql S5.sql <<<"SELECT '@CELL@' FROM no_such_table_@ERROR@"
	sql S6.sql <<<"SELECT name AS @COLUMN@, name AS @COLUMN@ FROM d"
	program S7.sql <<'E'
-- @include action/sql/sqlite
-- @depend ../Data as d
-- @column name integer
SELECT name FROM d
E
	python P1.py <<<'print(float(rows[0]["name"]))'
	python P2.py <<<'print({}[rows[0]["name"]])'
	python P3.py <<<'json.loads(rows[0]["name"])'
	python P4.py <<<'raise ValueError("@ERROR@ in %r" % rows)'
	python P5.py <<<'open("/data/@FILE@/" + rows[0]["name"])'
	python P6.py <<<'subprocess.run(["ls", rows[0]["name"]], check=True)'
	python P7.py <<<'assert False, rows'
	python P8.py <<<'sys.exit("@ERROR@ " + str(rows))'
	python P9.py <<<'open("out.csv", "w").write("a,b\n" + rows[0]["name"] + "\n")'
	python P10.py <<<'open("out.csv", "w").write(rows[0]["name"] + "," + rows[0]["name"] + "\n1,2\n")'
	python P11.py <<<'print(rows); os.kill(os.getpid(), 9)'
	r R1.R <<<'stop(paste("@ERROR@", d$name))'
	r R2.R <<<'stopifnot(d$name == 1)'
	r R3.R <<<'match.arg(as.character(d$name[1]), c("a", "b"))'
	r R4.R <<<'options(warn = 2); as.numeric(as.character(d$name))'
	r R5.R <<<'read.csv(paste0("/data/@FILE@/", d$name[1]))'
	bash_ B1.sh <<<'set -x; while read -r x; do [ "$x" = "" ]; done <in/d.csv; false'
	bash_ B2.sh <<<'sort -c <(sort -r in/d.csv)'
	bash_ B3.sh <<<'x=$(tail -n 1 in/d.csv); unset y; : "${y:?$x @ERROR@}"'
	bash_ B4.sh <<<'date -d "$(tail -n 1 in/d.csv)"'
	bash_ B5.sh <<<'cat "/data/@FILE@/$(tail -n 1 in/d.csv)" >out.csv; cat in/d.csv >&2; exit 3'
}

# Tables that change, with columns that data named, and tests that do not hold.
tables() {
	program Pivot.py <<'E'
# @include action/python
# @depend ../Data as d
# @column declared_dose real
# @test in(declared_dose, '@CELL@')
import csv
rows = list(csv.DictReader(open("in/d.csv")))
with open("out.csv", "w") as f:
    f.write("declared_dose," + ",".join("@COLUMN@" + r["name"] for r in rows) + "\n")
    f.write("1.5" + ",1" * len(rows) + "\n")
E
	sed -i "s/1.5/$1/" Bad/Pivot.py
	program Landed.sql <<'E'
-- @include action/sql/sqlite
-- @depend ../Landing as l
SELECT * FROM l
E
	write Landing.sql <<'E'
-- @include action/source/file
-- @path labs/*.csv
E
	[ "$1" = 1.5 ] || sed -i 's/SELECT \*/SELECT *, 1 AS one/' Bad/Landed.sql
}

set_up() {
	make_bare server-"$FORGE"
	git -C "$bare" config sluice.sandbox none
	mkdir -p "$work/landing/labs"
	printf '%s,value\n%s,3\n' "$COLUMN" "$CELL" >"$work/landing/labs/$FILE.csv"
	touch -d '-1 hour' "$work/landing/labs/$FILE.csv"
	git -C "$bare" config sluice.landing "$work/landing"
	: >"$work/pulls"
	start_forge --token "$token" --repo "$bare" --pulls "$work/pulls" \
		--raw "$work/raw"
	git -C "$bare" config sluice.forge.type "$FORGE"
	git -C "$bare" config sluice.forge.url "$forge_url"
	git -C "$bare" config sluice.forge.tokenFile "$work/token"
	git -C "$bare" config sluice.comment always
	make_clone desk-"$FORGE"
	printf 'id,name,%s\n' "$COLUMN" >Data.csv
	for i in $(seq 12); do
		printf '%s,%s%s,%s\n' "$i" "$CELL" "$i" "$i" >>Data.csv
	done
	tables 1.5
}

# A push to the branch, and all that follows.
see() {
	commit "$1" >/dev/null
	git push -q origin "HEAD:refs/heads/$BRANCH" 2>/dev/null
	run_once
	time_passes 100
	run_once
}

pushes() {
	commit 'main' >/dev/null
	push main
	run_once
	echo "1 open $BRANCH" >"$work/pulls"
	programs
	see 'programs that fail'
	rm Bad/[SPRB][0-9]*
	tables 2.5
	see 'tables that change'
	sed -i '1i # @no_such_directive '"$ERROR" Bad/Pivot.py
	see 'broken text'
	sed -i 1d Bad/Pivot.py
	printf '%s,value\n%s,3\n%s\n' "$COLUMN" "$CELL" "$CELL,$ERROR,x" \
		>"$work/landing/labs/$FILE.csv"
	sed -i "s/labs/lab?/" Landing.sql
	touch -d '-1 hour' "$work/landing/labs/$FILE.csv"
	see 'a delivery that is no table'
	# errors of a run that has no manifest: of the text, and of the server
	cp Bad/Landed.sql "$work/landed"
	sed -i '2i -- @depend ./no_'"$ERROR" Bad/Landed.sql
	see 'a node that is not there'
	cp "$work/landed" Bad/Landed.sql
	printf 'id,%s,%s\n1,2,3\n' "$COLUMN" "$COLUMN" >Twice.csv
	see 'a header that says one name twice'
	rm Twice.csv
	mv "$work/landing" "$work/$FILE"
	ln -s "$FILE/none" "$work/landing"
	git -C "$bare" config sluice.landing "$work/landing/$FILE"
	see 'a landing directory that is gone'
	for i in 1 2 3 4; do
		time_passes 100
		run_once
	done
}

# Each text that a note ever had.
noted() { git -C "$bare" log -p --format= refs/notes/sluice; }

# searched FILE CANARY...
searched() {
	python3 - "$@" <<'E'
import base64, sys
raw = open(sys.argv[1], "rb").read()
found = []
for canary in sys.argv[2:]:
    c = canary.encode()
    forms = {"plain": c, "backwards": c[::-1], "hex": c.hex().encode(),
             "HEX": c.hex().upper().encode()}
    for shift in range(3):  # what of base64 no neighbour can change
        text = base64.b64encode(b"x" * shift + c)
        forms["base64+%d" % shift] = text[2 * (shift > 0) + (shift > 1):-4]
    for name, form in forms.items():
        for text in (form, form.lower(), form.upper()):
            if text in raw:
                found.append("%s %s" % (canary, name))
                break
print("; ".join(found))
E
}

for FORGE in github gitlab gitea; do
	work=$top/$FORGE
	mkdir "$work"
	echo "$token" >"$work/token"
	set_up
	pushes
	# the programs did fail, and said it to those inside
	git -C "$bare" show "refs/sluice/runs/$BRANCH~2:manifest.json" 2>/dev/null |
		jq . >"$work/manifest" || true
	for n in 0 1 2 3 4 5 6 7 8 9; do
		git -C "$bare" show "refs/sluice/runs/$BRANCH~$n:manifest.json" \
			2>/dev/null | jq -r '.nodes | to_entries[] |
			select(.value.state == "failed") | .key' || true
	done | sort -u >"$work/failed"
	is "$(grep -c '^Bad/[SPRB][0-9]' "$work/failed")" 28 \
		"$FORGE: programs that fail: $(paste -sd ' ' "$work/failed")"
	[ "$(wc -c <"$work/raw")" -gt 10000 ] || fail "$FORGE: nothing was sent"
	# what may leave did
	for word in Bad/Pivot declared_dose Bad/P1; do
		grep -qF "$word" "$work/raw" || fail "$FORGE: no $word was sent"
	done
	noted >"$work/noted"
	for words in Bad/Pivot declared_dose 'first at Bad/Landed.sql:2' \
		'could not be done on the server'; do
		grep -qF "$words" "$work/noted" || fail "$FORGE: no note says $words"
	done
	# and the search finds what is there
	is "$(searched "$work/raw" declared_dose)" 'declared_dose plain' \
		"$FORGE: the search"
	canaries=("$CELL" "$COLUMN" "$FILE" "$ERROR")
	# GitLab wants the branch of a status
	[ "$FORGE" = gitlab ] || canaries+=("$BRANCH")
	is "$(searched "$work/raw" "${canaries[@]}")" '' \
		"$FORGE: what left the house"
	# a note is in the repository, which has the branch
	is "$(searched "$work/noted" "$CELL" "$COLUMN" "$FILE" "$ERROR")" '' \
		"$FORGE: what notes say"
done
