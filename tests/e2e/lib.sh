# shellcheck shell=bash
# lib.sh: verbs shared by the behaviours. A script begins with
#
#   . "$(dirname "$0")/lib.sh"
#
# and has a directory of its own ($work, removed at the end), programs on PATH
# ($BUILD), a git identity, and no configuration of the machine's. It ends with
# 0, or with `fail WORDS`, or with `skip WORDS` (77).
set -euo pipefail
: "${BUILD:?BUILD names the directory of the programs}"
BUILD=$(cd "$BUILD" && pwd)
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-e2e.XXXXXX")
started=()

# Only what still is a child of ours: the number of one that a test has killed
# may be another test's by now.
finish() {
	local pid
	for pid in $(jobs -pr); do
		case " ${started[*]} " in *" $pid "*) ;; *) continue ;; esac
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	[ -n "${KEEP:-}" ] && echo "kept: $work" && return
	chmod -R u+w "$work" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

unset "${!GIT_@}"
export PATH="$BUILD:$PATH" HOME="$work/home" LC_ALL=C.UTF-8 TZ=UTC
export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.org
export GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=ann@example.org USER=ann
# one moment for all commits: their ids do not depend on when a test runs
export GIT_AUTHOR_DATE='2026-11-20T08:00:00Z'
export GIT_COMMITTER_DATE='2026-11-20T08:00:00Z'
export LSAN_OPTIONS=suppressions=$tests/lsan.supp:print_suppressions=0
mkdir -p "$HOME"
git config --global init.defaultBranch main
git config --global advice.detachedHead false

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# slow: minutes, which a sanitizer doubles; SLOW=1 runs it there, too
slow() {
	[ -n "${SLOW:-}" ] || ! grep -q __asan_init "$BUILD/sluice" ||
		skip 'too long under a sanitizer (SLOW=1 runs it)'
}

# is GOT WANTED WORDS
is() {
	[ "$1" = "$2" ] || fail "$3: got '$1', wanted '$2'"
}

# has TEXT PART WORDS, lacks TEXT PART WORDS
has() {
	case $1 in *"$2"*) ;; *) fail "$3: no '$2' in: $1" ;; esac
}
lacks() {
	case $1 in *"$2"*) fail "$3: there is '$2' in: $1" ;; esac
}

# wait_for SECONDS COMMAND...: until it succeeds (a condition, not a pause)
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || fail "never came true: $*"
		sleep 0.05
	done
}

# weigh_hook: the hook of $bare tells $work/hook.kib its memory's peak, a line each
weigh_hook() {
	local hook
	hook=$(readlink -f "$bare/hooks/post-receive")
	mv "$hook" "$work/hook"
	write "$hook" <<H
#!/bin/sh
exec python3 "$tests/e2e/peak.py" "$work/hook.kib" "$work/hook"
H
	chmod +x "$hook"
}

# make_bare [NAME]: a bare repository with the hook, $bare; jobs run without
# bubblewrap only where SANDBOX=none says so
make_bare() {
	bare=$work/${1:-server}.git
	git init -q --bare -b main "$bare"
	sluice install "$bare" >/dev/null
	[ -z "${SANDBOX:-}" ] || git -C "$bare" config sluice.sandbox "$SANDBOX"
}

# state [DIR]: settings, and the files outside of objects, refs, git's log of
# them and what sluice keeps: what `sluice install` may change, and --uninstall is to put back
state() {
	git -C "${1:-$bare}" config --local --list | sort
	(cd "${1:-$bare}" && find . \
		\( -path ./sluice -o -path ./objects -o -path ./refs -o \
			-path ./logs \) -prune -o \
		! -name config \( -type d -printf '%P/ %m\n' -o \
		-printf '%P %y %m %s %l\n' \) | sort)
}

# make_clone [NAME]: a work tree of $bare, $clone, and stands in it
make_clone() {
	clone=$work/${1:-desk}
	git clone -q "$bare" "$clone" 2>/dev/null
	cd "$clone"
}

# write PATH: a file of the work tree, from stdin
write() {
	mkdir -p "$(dirname "$1")"
	cat >"$1"
}

# example: two clinics, four nodes; nothing but SQL and tables in git
example() {
	write ClinicA/Patient.csv <<'E'
id,mrn,albumin
1,00123,4.1
2,00456,3.2
3,00789,2.9
E
	write ClinicA/Low.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Patient
SELECT id, mrn FROM Patient WHERE albumin < 3.5
E
	write ClinicA/Count.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Low
SELECT count(*) AS n FROM Low
E
	write ClinicB/Total.sql <<'E'
-- @include action/sql/sqlite
-- @depend ../ClinicA/Count
SELECT n * 2 AS n FROM Count
E
}

# commit WORDS: all that is in the work tree; prints its id
commit() {
	git add -A
	git commit -q --allow-empty -m "$1"
	git rev-parse HEAD
}

# push [REFSPEC...]: what the pusher sees is in $work/pushed
push() {
	git push origin "${@:-HEAD}" >"$work/pushed" 2>&1 ||
		fail "git push: $(cat "$work/pushed")"
}

# run_once [DIR]: all that is due
run_once() {
	sluice runner --once "${1:-$bare}" 2>"$work/runner.log" ||
		fail "sluice runner: $(cat "$work/runner.log")"
}

# start_runner [DIR]: resident; $runner is its process, ready when it listens
start_runner() {
	local dir=${1:-$bare}
	rm -f "$dir/sluice/runner/socket" # of one that was killed
	sluice runner "$dir" 2>>"$work/runner.log" &
	runner=$!
	started+=("$runner")
	wait_for 60 test -S "$dir/sluice/runner/socket"
}

# note_of REV [DIR], run_of BRANCH FILE [DIR], runs_of BRANCH [DIR] (how many)
note_of() {
	git -C "${2:-$bare}" notes --ref=sluice show "$1" 2>/dev/null
}
run_of() {
	git -C "${3:-$bare}" show "refs/sluice/runs/$1:$2"
}
runs_of() {
	git -C "${2:-$bare}" rev-list --count "refs/sluice/runs/$1" 2>/dev/null || echo 0
}

# requests [DIR]: "BRANCH COMMIT STATE OUTCOME" lines, oldest first
requests() {
	sqlite3 -cmd '.timeout 10000' -separator ' ' "${1:-$bare}/sluice/runner/run.db" \
		'SELECT branch, commit_id, state, outcome FROM request ORDER BY id'
}

# start_forge [ARGUMENT...]: tests/e2e/forge.py as a FORGE (github, gitlab,
# gitea); $forge_url is what git config sluice.forge.url wants, $forge_log its
# requests
start_forge() {
	local base=/repos/clinic/data
	case ${FORGE:=github} in
	gitlab) base=/api/v4/projects/clinic%2Fdata ;;
	gitea) base=/api/v1/repos/clinic/data ;;
	esac
	forge_log=$work/forge.log
	: >"$forge_log"
	/usr/bin/python3 "$tests/e2e/forge.py" --type "$FORGE" --log "$forge_log" "$@" \
		>"$work/forge.port" &
	started+=("$!")
	wait_for 60 test -s "$work/forge.port"
	forge_url=http://127.0.0.1:$(head -n 1 "$work/forge.port")$base
	export forge_url
}

# comments NUMBER: a JSON line each, oldest first: id, who, body; say NUMBER
# TEXT...: makes one of each. By clients that are not ours, with $token.
comments() {
	if [ "$FORGE" = gitea ]; then
		curl -sf -H "Authorization: token ${token:?}" \
			"$forge_url/issues/$1/comments" |
			jq -cS '.[] | {id, who: .user.id, body}'
	else
		/usr/bin/python3 "$tests/e2e/forge_clients.py" "$FORGE" \
			"$forge_url" "$token" comments "$1"
	fi
}
say() {
	local number=$1 text
	shift
	if [ "$FORGE" != gitea ]; then
		/usr/bin/python3 "$tests/e2e/forge_clients.py" "$FORGE" \
			"$forge_url" "$token" say "$number" "$@"
		return
	fi
	for text; do
		jq -n --arg b "$text" '{body: $b}' |
			curl -sf -H "Authorization: token ${token:?}" --json @- \
				"$forge_url/issues/$number/comments" >/dev/null
	done
}
# outbox SQL [OUTBOX]
outbox() {
	sqlite3 -cmd '.timeout 9000' "${2:-$bare/sluice/runner/outbox.db}" "$1"
}
# all_told: nothing waits for the forge but what looks for a pull request
all_told() {
	[ "$(outbox 'SELECT count(*) FROM slot WHERE settled IN (0, 2)')" = 0 ]
}

# soon SECONDS COMMAND...: as wait_for; what was to be told again after a while is
# told now (not what the forge holds back)
soon() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || fail "never came true: $*"
		outbox 'UPDATE slot SET next_try = 0 WHERE next_try > 0'
		sleep 0.05
	done
}

# time_passes SECONDS [OUTBOX]: what an outbox has noted is so much longer ago
time_passes() {
	sqlite3 -cmd '.timeout 9000' "${2:-$bare/sluice/runner/outbox.db}" "
		UPDATE slot SET next_try = max(next_try - $1 * 1000, 0),
			changed = changed - $1 * 1000;
		UPDATE meta SET hold = max(hold - $1 * 1000, 0);
		UPDATE taken SET at = at - $1 * 1000;"
}

# statuses_of COMMIT: the states of sluice/run the forge took, in order, on one
# line
statuses_of() {
	python3 - "$forge_log" "$1" <<'E'
import json, sys
out = []
for line in open(sys.argv[1], encoding="utf-8"):
    r = json.loads(line)
    if r["method"] == "POST" and r["accepted"] and r["path"].endswith(sys.argv[2]):
        body = r["body"]
        if isinstance(body, str):
            body = json.loads(body)
        if body.get("context", body.get("name")) == "sluice/run":
            out.append(body["state"])
print(" ".join(out))
E
}

# ends_of COMMIT: the same without "pending": where a run ends before the poster
# begins, its end is all that is told
ends_of() {
	statuses_of "$1" | tr ' ' '\n' | sed '/^pending$/d' | paste -sd ' '
}

# need_duckdb: $duckdb is the library that `make duckdb` gets; none: skip
need_duckdb() {
	duckdb=$BUILD/../duckdb/libduckdb.so
	[ -e "$duckdb" ] || skip "no libduckdb.so: make duckdb gets it"
	duckdb=$(realpath "$duckdb")
}

# in_duckdb FILE...: executes the SQL of the files in one database of DuckDB's
in_duckdb() {
	python3 "$tests/e2e/duckdb_oracle.py" "$duckdb" "$@" ||
		fail "DuckDB itself: $*"
}
