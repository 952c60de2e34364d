#!/usr/bin/env bash
# Whatever a forge answers, and wherever sluice-post dies, a pull request has
# one comment of ours: an answer that is lost, a poster killed as it waits, one
# with a new outbox, lists that are errors or no lists, many comments of others,
# one that somebody deletes in between. What the token may not do is said, and
# statuses come all the same.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
slow
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
		--pulls "$work/pulls" --script "$work/script"
	make_clone desk-"$FORGE"
	example
	push "$(commit main):refs/heads/main"
	run_once
	git -C "$bare" config sluice.forge.type "$FORGE"
	git -C "$bare" config sluice.forge.url "$forge_url"
	git -C "$bare" config sluice.forge.tokenFile "$work/token"
}

# pushed NUMBER: a branch with a pull request, its comment still in the outbox:
# the forge was away, and its statuses are told
pushed() {
	git checkout -q -B "exp$1" main
	sed -i "s/< 3.5/< $1.2/" ClinicA/Low.sql
	head=$(commit "limit $1")
	push "exp$1"
	echo "$1 open exp$1" >>"$work/pulls"
	git -C "$bare" config sluice.forge.url http://127.0.0.1:9/repos/x/y
	[ "$FORGE" != gitlab ] || git -C "$bare" config sluice.forge.url \
		http://127.0.0.1:9/api/v4/projects/1
	run_once
	git -C "$bare" config sluice.forge.url "$forge_url"
	outbox "UPDATE slot SET settled = 1 WHERE context <> 'sluice/comment';
		UPDATE meta SET hold = 0;"
	again
}
# again: what waits is due
again() { outbox 'UPDATE slot SET next_try = 0; UPDATE meta SET hold = 0;'; }

# post WANTED-EXIT
post() {
	local rc=0
	sluice-post --outbox "$bare/sluice/runner/outbox.db" --type "$FORGE" \
		--url "$forge_url" --token-file "$work/token" --once \
		2>>"$work/post.log" || rc=$?
	is "$rc" "$1" "$FORGE: sluice-post: $(tail -n 1 "$work/post.log")"
}
ours() { comments "$1" | jq -r 'select(.who == 1) | .id' | wc -l; }
one() { is "$(ours "$1")" 1 "$FORGE: $2"; }

# 1. The comment is taken, and nobody hears of it.
lost() {
	pushed 1
	echo lost >"$work/script"
	post 4
	one 1 'a lost answer'
	again
	post 0
	one 1 'behind a lost answer'
	has "$(comments 1)" "${head:0:12}" "$FORGE: the text"
}

# 2. The poster dies as it waits for the answer.
killed() {
	local pid
	pushed 2
	echo 'slow 2' >"$work/script"
	sluice-post --outbox "$bare/sluice/runner/outbox.db" --type "$FORGE" \
		--url "$forge_url" --token-file "$work/token" \
		2>>"$work/post.log" &
	pid=$!
	is_sending() { ! grep -q . "$work/script"; }
	wait_for 30 is_sending
	kill -9 $pid
	wait $pid 2>/dev/null || true
	is_there() { [ "$(ours 2)" = 1 ]; }
	wait_for 30 is_there
	again
	post 0
	one 2 'a killed poster'
}

# 3. The outbox is lost: the same text finds its comment.
new_outbox() {
	local before
	before=$(comments 2)
	rm -f "$bare/sluice/runner/outbox.db"*
	sluice runner --once --rebuild-index "$bare" 2>>"$work/runner.log"
	is "$(comments 2)" "$before" "$FORGE: a new outbox"
	one 1 'a new outbox'
}

# 4. Of what cannot be read nothing is made.
unreadable() {
	local n trouble
	local troubles=('get 200 body=html' 'get reset')
	pushed 3
	[ "$FORGE" != github ] ||
		troubles+=('get 500' 'get 200 body=text' 'get 200 body=cut')
	for trouble in "${troubles[@]}"; do
		# the first, the second and the third question
		for n in 1 2 3; do
			again
			: >"$work/script"
			for _ in $(seq 2 $n); do
				echo 'get slow 0' >>"$work/script"
			done
			echo "$trouble" >>"$work/script"
			post 4
			is "$(ours 3)" 0 "$FORGE: $trouble, question $n"
		done
	done
	: >"$work/script"
	again
	post 0
	one 3 'when it can be read'
}

# 5. Behind many of others; and what was taken away is made anew.
crowded() {
	local texts
	mapfile -t texts < <(seq -f 'comment %g' 60)
	token=other-t0ken say 4 "${texts[@]}"
	is "$(comments 4 | wc -l)" 60 "$FORGE: of others"
	pushed 4
	post 0
	one 4 'behind sixty'
	push "$(commit 'once more'):refs/heads/exp4"
	run_once
	one 4 'found behind sixty'
}

# 6. A token that may not.
forbidden() {
	pushed 5
	echo 'get 403 says=Resource not accessible' >"$work/script"
	post 4
	is "$(ours 5)" 0 "$FORGE: forbidden"
	has "$(cd "$bare" && sluice status --json | jq -r '.statuses[].why')" \
		'may the token of sluice.forge.tokenFile do that there' \
		"$FORGE: status"
	outbox "UPDATE slot SET attempts = 59 WHERE settled = 0"
	again
	echo 'get 403 says=Resource not accessible' >"$work/script"
	post 0
	has "$(cd "$bare" && sluice status)" 'refused' "$FORGE: after many tries"
	git -C "$bare" config sluice.comment never
	push "$(commit 'statuses go on'):refs/heads/exp5"
	run_once
	is "$(statuses_of "$(git rev-parse HEAD)" | sed 's/.* //')" success \
		"$FORGE: statuses go on"
	is "$(ours 5)" 0 "$FORGE: never"
	git -C "$bare" config sluice.comment always
	git checkout -q -B exp6 main
	git commit -q --allow-empty -m 'nothing new'
	push exp6
	echo '6 open exp6' >>"$work/pulls"
	run_once
	one 6 'always'
	git -C "$bare" config sluice.comment often
	sluice runner --once "$bare" 2>"$work/err" && fail 'often'
	has "$(cat "$work/err")" "sluice.comment is 'often'; it is auto, always or never" \
		'a word that is none'
}

for FORGE in github gitlab gitea; do
	work=$top/$FORGE
	mkdir "$work"
	echo "$token" >"$work/token"
	set_up
	lost
	killed
	new_outbox
	unreadable
	echo '4 open main' >>"$work/pulls"
	crowded
	forbidden
	is "$(jq -c 'select(.fault != null or (.injected | not) and
		(.answer != 200 and .answer != 201))' "$forge_log")" '' \
		"$FORGE: requests that are not as described"
done
