#!/usr/bin/env bash
# Each command refuses an option that it has not, one without what it takes, a
# value that is none, a word too many or too few: status 2, with what is wrong
# and its usage on stderr, nothing on stdout, nothing done.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
git init -q p
cd p
example
commit one >/dev/null
sluice run >/dev/null 2>&1
: >"$work/out" 2>"$work/err"
list() { # what is there: the store's files, and what lies beside
	find .git/sluice -type f | sort
	ls "$work"
}
before=$(list)

# refused WORDS ARGUMENT...: by `sluice ARGUMENT...`, with these words and usage
refused() {
	local words=$1 rc=0
	shift
	sluice "$@" >"$work/out" 2>"$work/err" </dev/null || rc=$?
	is "$rc" 2 "status of sluice $*: $(cat "$work/out" "$work/err")"
	is "$(cat "$work/out")" "" "stdout of sluice $*"
	has "$(cat "$work/err")" "$words" "sluice $*"
}

mapfile -t commands < <(sluice --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
n=0
for c in "${commands[@]}"; do
	usage="usage: sluice $c"
	refused "$usage" "$c" --no-such-option
	# each option that takes something, without it
	for option in $(sluice "$c" --help | sed -nE 's/^  (--?[a-z-]+) [^ ].*/\1/p'); do
		sluice "$c" --help | grep -qE "^  $option [A-Z]|^  $option [a-z]+\|" || continue
		refused "$usage" "$c" "$option"
		n=$((n + 1))
	done
done
[ "$n" -ge 25 ] || fail "only $n options take something"

# words too many, too few
for c in check plan cancel log report manifest init install "tree --names"; do
	# shellcheck disable=SC2086
	refused "usage: sluice ${c%% *}" $c one two three
done
for c in status snapshot; do
	refused "usage: sluice $c" $c one
done
refused "which node?" show
refused "which node?" get
refused "which node?" explain
refused "usage: sluice show" show ClinicA/Low ClinicA/Count
refused "usage: sluice explain" explain ClinicA/Low HEAD~1..HEAD more
refused "usage: sluice get" get ClinicA/Low ClinicA/Count
refused "usage: sluice get" get --all ../set ClinicA/Low
refused "usage: sluice get" get --all ../set -o file
refused "usage: sluice job" job
refused "usage: sluice job" job a.json b.json
refused "usage: sluice job" job --sandbox a.json
refused "usage: sluice store" store
refused "usage: sluice store" store stat gc
refused "usage: sluice store" store nothing
refused "usage: sluice install" install --hooks ../hooks --hide-runs
refused "usage: sluice install" install --hooks ../hooks --no-hook
refused "usage: sluice rollback" rollback one two --reason words
refused "usage: sluice" # no command
refused "there is no command 'shwo'" shwo

# values that are none
for jobs in 0 x -1 2x "" 99999999999999999999999; do
	refused "--jobs takes a number above 0, not '$jobs'" run --jobs "$jobs"
	refused "--jobs takes a number above 0, not '$jobs'" test --jobs "$jobs"
done
for rows in x -1 1.5 ""; do
	refused "-n takes" show ClinicA/Low -n "$rows"
	refused "-n takes" test -n "$rows"
done
for days in x -1 36501; do
	refused "--grace takes" store gc --grace "$days"
done
for c in check plan run test tree graph; do
	for set in x "" =1; do
		refused "--set takes NAME=VALUE, not '$set'" "$c" --set "$set"
	done
done
refused "--format takes text, dot, svg, mermaid or json, not 'png'" graph --format png
refused "--format takes text, md, html, json or comment, not 'pdf'" report --format pdf
refused "--format takes csv, sqlite or parquet, not 'xlsx'" get ClinicA/Low --format xlsx
refused "a SQLite file needs a name: -o FILE" get ClinicA/Low --format sqlite
refused "a Parquet file needs a name: -o FILE" get ClinicA/Low --format parquet
refused "is a directory; -o takes the name of a file" get ClinicA/Low -o "$work"
refused "is a file; --all takes the name of a directory" get --all ClinicA/Patient.csv

# nothing of that was done
is "$(list)" "$before" "the store, and what lies beside"
