#!/usr/bin/env bash
# A resident runner looks for the pull request of a branch by itself: one that is
# opened behind the push gets its comment without another push, and production's
# branch has none. Ten thousand branches without one hold up no status.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import github, jsonschema' 2>/dev/null ||
	skip 'python3-github or python3-jsonschema is missing'
export no_proxy='*' FORGE=github
token=s3cret-t0ken
echo "$token" >"$work/token"

make_bare
git -C "$bare" config sluice.sandbox none
: >"$work/pulls"
start_forge --token "$token" --repo "$bare" --pulls "$work/pulls"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone
example
echo '9 open main' >"$work/pulls"
start_runner
push "$(commit main):refs/heads/main"
is_done() { requests | grep -q "$1"; }
wait_for 60 is_done 'main .* done success'
git checkout -q -b exp
sed -i 's/< 3.5/< 1/' ClinicA/Low.sql
exp=$(commit 'another limit')
push exp
looks() {
	[ "$(outbox "SELECT count(*) FROM slot WHERE settled = 3")" = 1 ]
}
wait_for 60 looks
is "$(comments 9)" '' 'production has no comment'

# 1. Opened later.
echo '1 open exp' >>"$work/pulls"
is_there() { comments 1 | grep -qF "${exp:0:12}"; }
wait_for 60 is_there
wait_for 20 all_told
is "$(comments 1 | wc -l)" 1 'one'
has "$(comments 1 | jq -r .body)" '> - `ClinicA/Low` is empty now (<11 rows before)' \
	'a danger'

# 2. Many that look: the next status is told at once all the same.
outbox "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
		WHERE i < 10000)
	INSERT INTO slot(commit_id, context, ref, seq, state, description,
		target_url, changed, settled, next_try, body, creates)
	SELECT printf('%040d', i), 'sluice/comment', 'b' || i, i, 'success', 'x',
		'', strftime('%s', 'now') * 1000, 3, 0, 'text', 1 FROM n"
next=$(git commit -q --allow-empty -m next && git rev-parse HEAD)
push exp
is_told() { [ "$(statuses_of "$next" | sed 's/.* //')" = success ]; }
wait_for 120 is_told
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
is "$(jq -c 'select(.fault != null)' "$forge_log")" '' 'as described'
