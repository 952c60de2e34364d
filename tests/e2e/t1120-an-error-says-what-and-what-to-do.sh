#!/usr/bin/env bash
# What goes wrong at a desk is told in words of the desk: what, where, and what
# to do next, with the exit status of its kind.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"

# says STATUS WORDS COMMAND...: on stderr and stdout together
says() {
	local wanted=$1 words=$2 rc=0 out
	shift 2
	out=$("$@" 2>&1) || rc=$?
	is "$rc" "$wanted" "status of $*: $out"
	has "$out" "$words" "$*"
}

# -- no repository, an empty one, one without commits --

mkdir empty
cd empty
for c in run plan status "show X" report; do
	# shellcheck disable=SC2086
	says 2 "this directory is not in a git repository; go into one, or let \`sluice init\`" sluice $c
done
says 0 "no node is here: a node is a .csv file, or code" sluice check
git init -q
says 0 "no node is here" sluice run
says 2 "there is no commit here yet; \`git commit\` makes the first" sluice run --at HEAD
says 2 "there is no commit to compare with yet; \`git commit\` makes one" sluice diff
cd ..

# -- what is typed wrongly --

git init -q p
cd p
example
commit one >/dev/null
says 2 "there is no command 'shwo'; did you mean 'sluice show'?" sluice shwo
says 2 "there is no command 'xyzzy'; \`sluice --help\` lists them" sluice xyzzy
says 2 "sluice run: unrecognized option '--job-s'" sluice run --job-s
says 2 "\`sluice run --help\` says what each is" sluice run --job-s
says 0 "at most so many nodes at once" sluice run ClinicA --help
says 2 "which node? \`sluice tree\` lists them" sluice show
says 2 "there is no branch, tag or commit 'mian' here; did you mean 'main'?" sluice run --at mian
says 2 "'main@{0}' is not read: a commit is named by HEAD, a branch, a tag, or its digits, and ~N and ^N behind it; \`git rev-parse 'main@{0}'\` prints the digits of all else" \
	sluice run --at 'main@{0}'
says 2 "there is no branch, tag or commit 'HEAD~1' here" sluice run --at HEAD~1
says 2 "there is no node 'ClinicA/Lov'; did you mean /ClinicA/Low?" sluice run ClinicA/Lov
says 2 "there is no node and no directory 'nowhere'; \`sluice tree\` lists them" sluice run nowhere
says 2 "'../..' leads out of the pipeline's root" sluice run ../..
says 2 "--format takes text, dot, svg, mermaid or json, not 'png'" sluice graph --format png
says 4 "there is no directory nowhere" sluice check nowhere

# -- what was not run yet, in the words that were typed --

says 4 "no run of this directory is known here; \`sluice run\` makes one" sluice show ClinicA/Low
says 4 "no run of HEAD is known here; \`sluice run --at HEAD\` makes one" sluice diff
one=$(git rev-parse HEAD)
says 4 "\`sluice run --at ${one:0:12}\` makes one" sluice diff HEAD..HEAD
sluice run >/dev/null 2>&1
says 0 "no table differs" sluice diff
says 2 "'/ClinicA' is a directory; name a node in it, such as '/ClinicA/Count'" sluice show ClinicA
says 2 "'ClinicA' is a directory of 3 nodes; name one of them" sluice explain ClinicA
says 2 "'mian' is no branch, tag or commit, and no node of these runs" sluice diff mian

# -- where the table goes --

says 4 "$work/no/Low.csv cannot be written: No such file or directory" \
	sluice get ClinicA/Low -o "$work/no/Low.csv"
says 2 "$work is a directory; -o takes the name of a file" sluice get ClinicA/Low -o "$work"

# -- a node that fails: its file, though no line of it is known --

write Ragged.csv <<'E'
a,b
1,2
3
E
write Twice.sql <<'E'
@include action/sql/sqlite
@depend ./ClinicA/Patient
@column n date
SELECT 1 AS n FROM Patient
E
write Below.sql <<'E'
@include action/sql/sqlite
@depend ./Twice
SELECT n FROM Twice
E
git config sluice.duckdb /nowhere/libduckdb.so
write Sum.sql <<'E'
@include action/sql/duckdb
SELECT 1 AS n
E
out=$(sluice run 2>/dev/null) && fail "it ran"
has "$out" "failed Ragged: Ragged.csv:3:1: this row has 1 field, the header has 2" "a table in git"
has "$out" "failed Twice: Twice.sql: row 1, column 'n': the value is not a date such as 2020-04-27, as @column asks for" "a contract"
has "$out" "sluice.duckdb is '/nowhere/libduckdb.so'" "an engine"
has "$out" "\`sluice show --log /Ragged\` shows its log" "the way to the log"
says 1 "Twice has no table: it failed; \`sluice show --log /Twice\` says why" sluice show Twice
says 1 "Below has no table: it waits for Twice, which failed; \`sluice show --log /Twice\`" sluice show Below
says 3 "Odd.sql:2:9: there is no node T" sluice check --at "$(
	printf '%s\n' '@include action/sql/sqlite' '@depend ./T' 'SELECT 1 AS n' >Odd.sql
	commit odd
)"
rm Odd.sql

# -- a repository of somebody else, and one that may not be written --

if [ "$(id -u)" = 0 ] && id nobody >/dev/null 2>&1; then
	chmod 755 "$work"
	mkdir "$work/nobody"
	chown nobody "$work/nobody"
	as_nobody() {
		su -s /bin/bash nobody -c "HOME=$work/nobody PATH='$PATH' GIT_CONFIG_NOSYSTEM=1
			cd '$work/p/ClinicA' && $1"
	}
	if as_nobody "sluice --version >/dev/null"; then
		says 4 "the repository $work/p belongs to another user; run sluice as that user, or if you trust it: git config --global --add safe.directory '$work/p'" \
			as_nobody "sluice run"
		as_nobody "git config --global --add safe.directory '$work/p'"
		says 4 "Permission denied; you have not the right here: ask who owns it" \
			as_nobody "sluice run"
		says 3 "Odd" as_nobody "sluice check --at HEAD"
	else
		echo "nobody cannot start the program: their part is not tried"
	fi
fi
