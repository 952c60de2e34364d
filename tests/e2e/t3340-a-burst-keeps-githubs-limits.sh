#!/usr/bin/env bash
# GitHub allows 80 requests a minute, and 500 an hour, that create something.
# Fifty branches that are pushed at once, and then a queue of six hundred, stay
# below: the server counts, and would answer with a limit. Ends are told before
# "pending"; none is lost. The minutes are taken off what was noted.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
slow
echo secret >"$work/token"

forge_new() { # one that has forgotten what it counted: a minute has passed
	kill -9 "${started[-1]}"
	wait "${started[-1]}" 2>/dev/null || true
	rm -f "$work/forge.port"
	cat "$forge_log" >>"$work/all.log"
	start_forge --token secret --port "$port"
}
limited() { cat "$work/all.log" "$forge_log" 2>/dev/null | grep -c '"limited": true' || true; }
posts() { grep -c '"method": "POST"' "$forge_log" || true; }
states() { # how many of each the forge took, of all its lives
	cat "$work/all.log" "$forge_log" 2>/dev/null |
		jq -r 'select(.accepted) | .body.state' | sort | uniq -c |
		awk '{print $2 ":" $1}' | paste -sd ' '
}
left() {
	sqlite3 -cmd '.timeout 9000' "$1" \
		'SELECT count(*) FROM slot WHERE settled IN (0, 2)'
}

start_forge --token secret
port=${forge_url#http://127.0.0.1:}
port=${port%%/*}

# 1. Fifty branches, each of its own commit.
make_bare
git -C "$bare" config sluice.sandbox none
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone
example
commit base >/dev/null
push main
run_once
for i in {1..50}; do
	git checkout -q -b "exp/$i" main
	echo "$i,9,9.9" >>ClinicA/Patient.csv
	commit "$i" >/dev/null
done
push 'refs/heads/exp/*:refs/heads/exp/*'
run_once
is "$(limited)" 0 'answers with a limit'
[ "$(posts)" -le 80 ] || fail "$(posts) requests in a minute"
for ((i = 1; i <= 6 && $(left "$bare/sluice/runner/outbox.db") > 0; i++)); do
	forge_new
	time_passes 60
	run_once
done
is "$(left "$bare/sluice/runner/outbox.db")" 0 'left'
is "$(limited)" 0 'answers with a limit'
for i in {1..50}; do
	state=$(jq -rs --arg c "$(git rev-parse "exp/$i")" '
		[.[] | select(.accepted and .body.context == "sluice/run") |
		select(.path | endswith($c))] | last | .body.state' "$work/all.log" "$forge_log")
	is "$state" success "exp/$i"
done

# 2. Six hundred ends and a "pending" that waits for them.
outbox=$work/outbox.db
forge_new
: >"$work/all.log"
: >"$forge_log"
poster=(sluice-post --outbox "$outbox" --url "$forge_url" --once
	--token-file "$work/token")
sluice-post --outbox "$outbox" --once \
	--url http://127.0.0.1:1/x --put "pending:$(printf 'f%.0s' {1..40}):0" \
	2>/dev/null && fail 'nothing listens there'
{
	echo 'BEGIN IMMEDIATE; UPDATE meta SET hold = 0;'
	for i in {1..600}; do
		printf "INSERT INTO slot(commit_id, context, ref, seq, state,
			description, target_url, changed) VALUES('%040d',
			'sluice/run', '', %d, 'success', '3 nodes', '', 0);" \
			"$i" $((i + 1))
	done
	echo 'COMMIT;'
} | sqlite3 "$outbox"
# a round is a minute for both sides; what the hour allows ends it sooner
hour=0
for ((i = 1; i <= 70 && $(left "$outbox") > 0; i++)); do
	"${poster[@]}" 2>/dev/null || true
	hour=$((hour + $(posts)))
	[ "$i" != 59 ] || [ "$hour" -le 500 ] || fail "$hour requests in an hour"
	[ "$(posts)" -le 80 ] || fail "$(posts) requests in a minute"
	forge_new
	time_passes 60 "$outbox"
done
is "$(left "$outbox")" 0 'left'
is "$(limited)" 0 'answers with a limit'
is "$(states)" 'pending:1 success:600' 'what the forge took'
is "$(jq -rs 'map(select(.accepted)) | last | .body.state' \
	"$work/all.log")" pending 'told last'
[ "$i" -ge 60 ] || fail "600 requests in $i minutes"
