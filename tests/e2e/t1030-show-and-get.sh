#!/usr/bin/env bash
# show prints a table aligned, with its types; get gives it as CSV or as a
# SQLite file; what SQLite cannot hold is refused with its row, not its value.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
write clinic/A.csv <<'E'
id,name,mrn,v,ok
10,"Ann, B",00123,70.5,true
9,,00456,81,false
8,"",00789,64.25,
E
write clinic/A <<'E'
@key id
@column ok boolean
E
write clinic/Exact.csv <<'E'
id,dose
1,0.50
2,0.12345678901234567891
E
write clinic/Exact <<'E'
@column dose decimal(38,20)
E
write clinic/Bad.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./A
SELECT nothing FROM A
E
sluice run >"$work/log" 2>&1 || true

is "$(sluice show clinic/A)" "$(printf '%s\n' \
	'     id  name    mrn        v  ok' \
	'integer  text    text    real  boolean' \
	'-------  ------  -----  -----  -------' \
	'      8  ""      00789  64.25  ' \
	'      9          00456   81.0  false' \
	'     10  Ann, B  00123   70.5  true' \
	'(3 rows)')" "show"
is "$(cd clinic && sluice show A -n 1 | tail -n 2)" "$(printf '%s\n' \
	'      8  ""    00789  64.25  ' \
	'(1 of 3 rows; -n shows more)')" "show -n, from a directory"
has "$(sluice show clinic/A --schema | head -n 1)" "id    integer  key" "show --schema"
is "$(sluice show clinic/A --json | jq -c '.data[0], .columns[4].type')" \
	"$(printf '["8","","00789","64.25",null]\n"boolean"')" "show --json"

is "$(sluice get /clinic/A)" "$(printf '%s\n' 'id,name,mrn,v,ok' \
	'8,"",00789,64.25,' '9,,00456,81.0,false' \
	'10,"Ann, B",00123,70.5,true')" "get"
mkdir -p clinic/sub/deep
is "$(cd clinic/sub/deep && sluice get ../.././A | wc -l)" 4 "a path with dots"
rmdir clinic/sub/deep clinic/sub
sluice get clinic/A -o a.db
is "$(sqlite3 a.db 'SELECT id, typeof(name), mrn, typeof(v), ok, typeof(ok) FROM A ORDER BY id')" \
	"$(printf '8|text|00789|real||null\n9|null|00456|real|0|integer\n10|text|00123|real|1|integer')" \
	"a SQLite file"
sluice get clinic/A --format csv -o a.csv
is "$(sluice get clinic/A | sha256sum)" "$(sha256sum - <a.csv)" "a CSV file"
is "$(sluice get clinic/A -o /dev/stdout | wc -l)" 4 "to a device"

code=0
sluice get clinic/Exact -o exact.sqlite 2>err || code=$?
is "$code" 1 "a value that SQLite cannot hold"
has "$(cat err)" "row 2, column 'dose'" "names row and column"
lacks "$(cat err)" "0.1234" "not the value"
is "$(ls)" "$(printf 'a.csv\na.db\nclinic\nerr')" "nothing is left"
is "$(sluice get clinic/Exact | tail -n 1)" 2,0.12345678901234567891 "CSV holds it"

code=0
sluice show clinic/Bad 2>err || code=$?
is "$code" 1 "a node without a table"
has "$(cat err)" "it failed" "says so"
code=0
sluice get clinic/Aa 2>err || code=$?
is "$code" 2 "an unknown node"
has "$(cat err)" "did you mean '/clinic/A'" "the nearest"
