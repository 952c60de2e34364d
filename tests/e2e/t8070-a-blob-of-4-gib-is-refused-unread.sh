#!/usr/bin/env bash
# A push of 4 MB may bring a file of 4 GiB (zeros, as git packs them). As a table,
# as a file that code names, and as what might be code, it is refused with the
# reason, as the code's fault; hook and runner need no more memory than else,
# because nothing of it is read. What does not need it is run. Code is 16 MiB at
# most.
TMPDIR=/var/tmp # gigabytes, which memory is too good for
. "$(dirname "$0")/lib.sh"
slow

make_bare
# git itself is quicker where it keeps what it gets as one pack
git -C "$bare" config receive.unpackLimit 1
make_clone
example
commit 'four nodes' >/dev/null
push main
run_once
weigh_hook

# peak FILE MOST WORDS: each process of the file was content with so many KiB
peak() {
	[ -s "$1" ] || fail "$3: nothing was measured"
	grep -q __asan_init "$BUILD/sluice" && return
	while read -r kib; do
		[ "$kib" -le "$2" ] || fail "$3: $kib KiB, at most $2"
	done <"$1"
}
run_measured() {
	python3 "$tests/e2e/peak.py" "$work/runner.kib" sluice runner --once "$bare" \
		2>"$work/runner.log" || fail "sluice runner: $(cat "$work/runner.log")"
}

# 1. a table, and a file that code names: they fail, and what reads them is not
# run; what does not, is
large=$(python3 "$tests/e2e/zeros.py" .git 4096)
is "$(git cat-file -s "$large")" 4294967296 'the blob'
write Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Large
SELECT count(*) AS n FROM Large
E
write Py.py <<'E'
# @include action/python
# @file ./_data.bin
open("out.csv", "w").write("a\n1\n")
E
sed -i 's/n \* 2/n * 3/' ClinicB/Total.sql
git add -A
git update-index --add --cacheinfo "100644,$large,Large.csv" \
	--cacheinfo "100644,$large,_data.bin"
git commit -q -m 'a table of 4 GiB'
at=$(git rev-parse HEAD)
push main
run_measured
is "$(requests | tail -n 1)" "main $at done failure" 'the run'
is "$(cd "$bare" && sluice report main --format json |
	jq -r '.nodes[] | select(.status == "failed") | .cause' | sort)" \
	$'Large.csv is larger than 1 GiB\n_data.bin is larger than 1 GiB' 'why'
is "$(run_of main manifest.json |
	jq -r '[.nodes["ClinicB/Total"].state, .nodes.Sum.state] | join(" ")')" \
	'ok blocked' 'the others'
peak "$work/hook.kib" 65536 'the hook'
peak "$work/runner.kib" 262144 'the runner'

# 2. what might be code: an error of the text
git update-index --add --cacheinfo "100644,$large,Code.sql"
git commit -q -m 'as code'
at=$(git rev-parse HEAD)
push main
run_measured
is "$(requests | tail -n 1)" "main $at done failure" 'as code: the run'
has "$(cd "$bare" && sluice report main)" \
	'Code.sql:1:1: Code.sql is larger than 1 GiB' 'as code'
peak "$work/runner.kib" 262144 'the runner, as code'

# 3. code is of at most 16 MiB; what has no directives may be anything
git reset -q --hard main~2
{
	printf -- '-- @include action/sql/sqlite\nSELECT 1 AS n -- '
	head -c 16777216 /dev/zero | tr '\0' x
} >Long.sql
head -c 33554432 /dev/zero | tr '\0' x >picture.bin
at=$(commit 'long code')
push -f HEAD:main
run_measured
has "$(cd "$bare" && sluice report main)" \
	'Long.sql:1:1: code of more than 16 MiB' 'long code'
lacks "$(cd "$bare" && sluice report main)" 'picture.bin' 'no code'
is "$(requests | tail -n 1)" "main $at done failure" 'long code: the run'
peak "$work/runner.kib" 262144 'the runner, long code'
peak "$work/hook.kib" 65536 'the hooks'
