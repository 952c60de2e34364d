#!/usr/bin/env bash
# A pull request's one comment on GitHub, GitLab and Gitea, by real pushes: it
# comes when a pull request is opened, also long after the push; a new push
# first marks it as out of date; it is edited in place and never posted twice,
# says what merging does, and has no cell. What clients of others read back.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import github, gitlab, jsonschema' 2>/dev/null ||
	skip 'python3-github, python3-gitlab or python3-jsonschema is missing'
export no_proxy='*'
token=s3cret-t0ken
top=$work
trap 'work=$top; finish' EXIT

set_up() {
	make_bare server-"$FORGE"
	git -C "$bare" config sluice.sandbox none
	: >"$work/pulls"
	start_forge --token "$token" --other other-t0ken --repo "$bare" \
		--pulls "$work/pulls"
	git -C "$bare" config sluice.forge.type "$FORGE"
	git -C "$bare" config sluice.forge.url "$forge_url"
	git -C "$bare" config sluice.forge.tokenFile "$work/token"
	make_clone desk-"$FORGE"
	example
	{
		echo id,mrn,albumin
		for i in $(seq 200); do
			echo "$i,CANARY$i,$((i % 5)).5"
		done
	} >ClinicA/Patient.csv
}
body() { comments 1 | jq -r .body; }
posts() { # METHOD...: how many writes of comments
	jq -r 'select(.path | test("comments|notes")) |
		select(.method != "GET") | .method' "$forge_log" | sort | uniq -c |
		sed 's/^ *//' | paste -sd ' '
}
is_out_of_date() { body | grep -q "Out of date:.*${1:0:12}. is running"; }
poll() { # what was told long ago is looked at again
	time_passes 100
	run_once
}

by_pushes() {
	local exp next
	push "$(commit main):refs/heads/main"
	git checkout -q -b exp
	sed -i 's/< 3.5/< 2/' ClinicA/Low.sql
	exp=$(commit 'another limit')
	push exp
	run_once
	is "$(posts)" '' "$FORGE: no pull request, no comment"
	is "$(outbox "SELECT settled FROM slot WHERE context = 'sluice/comment'")" \
		3 "$FORGE: it is looked for"
	all_told || fail "$FORGE: something waits"

	# somebody else writes our marker into a comment of their own
	echo '1 open exp' >"$work/pulls"
	marker=$(outbox "SELECT body FROM slot WHERE context = 'sluice/comment'" |
		head -n 1)
	token=other-t0ken say 1 "$marker
mine"
	poll
	is "$(posts)" '2 POST' "$FORGE: it was opened"
	is "$(comments 1 | jq -r .who | paste -sd ' ')" '2 1' "$FORGE: whose"
	comments 1 | jq -r 'select(.who == 1) | .body' >"$work/body"
	is "$(head -n 1 "$work/body")" "$marker" "$FORGE: the marker"
	is "$(sed -n 2p "$work/body")" '### sluice: Can be merged: 1 delivered table changes (and 2 steps on the way); merged as things are, nothing is left to compute.' \
		"$FORGE: the verdict"
	has "$(cat "$work/body")" 'Fair: same inputs of 2026-11-20 on both sides' \
		"$FORGE: fairness"
	has "$(cat "$work/body")" "head \`${exp:0:12}\`" "$FORGE: the commit"
	lacks "$(cat "$forge_log")" CANARY "$FORGE: a cell"

	# nothing new is nothing to tell, also when all follows once more
	poll
	sluice runner --once --rebuild-index "$bare" 2>>"$work/runner.log"
	is "$(posts)" '2 POST' "$FORGE: told once"

	# a new push: the same comment says first that it is out of date
	cat >ClinicB/Slow.sh <<E
# @include action/bash
until [ -e '$work/go' ]; do sleep 0.1; done
echo n >out.csv
echo 1 >>out.csv
E
	rm -f "$work/go"
	next=$(commit 'a slow one')
	push exp
	start_runner
	wait_for 60 is_out_of_date "$next"
	: >"$work/go"
	is_final() { body | grep -q "head .${next:0:12}"; }
	wait_for 60 is_final
	has "$(body)" '`ClinicB/Slow`' "$FORGE: the new table"
	lacks "$(body)" 'Out of date' "$FORGE: up to date"
	is "$(comments 1 | wc -l)" 2 "$FORGE: one comment of ours"

	# cancelled: it does not say that it is running for ever
	rm -f "$work/go"
	echo '# more' >>ClinicB/Slow.sh
	next=$(commit 'a slow one, cancelled')
	push exp
	wait_for 60 is_out_of_date "$next"
	(cd "$bare" && sluice cancel exp >/dev/null)
	has_no_result() { body | grep -q "${next:0:12}. has no result"; }
	wait_for 60 has_no_result
	kill "$runner"
	wait "$runner" || fail 'the runner did not end well'

	# no change any more: it says so; and where there is no comment, none comes
	: >"$work/go"
	git checkout -q -B exp main
	git commit -q --allow-empty -m 'nothing'
	next=$(git rev-parse HEAD)
	git push -q -f origin exp "exp:refs/heads/same" 2>/dev/null
	echo '2 open same' >>"$work/pulls"
	run_once
	poll
	has "$(body)" 'no delivered table changes' "$FORGE: not stale"
	has "$(body)" "${next:0:12}" "$FORGE: of the new commit"
	is "$(comments 2)" '' "$FORGE: nothing to tell"

	# broken text: the older comment does not stand
	echo '-- @depend ./Nothing' >>ClinicA/Low.sql
	commit 'broken' >/dev/null
	push exp
	run_once
	has "$(body)" 'nothing was run' "$FORGE: a broken text"
	is "$(comments 1 | wc -l)" 2 "$FORGE: still one comment of ours"
	is "$(comments 1 | jq -r 'select(.who == 2).body' | tail -n 1)" mine \
		"$FORGE: another's comment"
}

for FORGE in github gitlab gitea; do
	work=$top/$FORGE
	mkdir "$work"
	echo "$token" >"$work/token"
	set_up
	by_pushes
	is "$(jq -c 'select(.fault != null or
		(.answer != 200 and .answer != 201))' "$forge_log")" '' \
		"$FORGE: requests that are not as described"
done
