#!/usr/bin/env bash
# What sluice told a forge is read back by clients that we did not write:
# PyGithub, python-gitlab, and curl with jq for Gitea and Forgejo. They post,
# too: our server takes what a real client sends, and sluice goes on behind it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import github, gitlab, jsonschema' 2>/dev/null ||
	skip 'python3-github, python3-gitlab or python3-jsonschema is missing'
export no_proxy='*'
token=s3cret-t0ken
top=$work
trap 'work=$top; finish' EXIT

# client read|combined|post SHA [STATE CONTEXT TEXT ADDRESS REF]: as
# forge_clients.py has it
client() {
	[ "$FORGE" = gitea ] || {
		/usr/bin/python3 "$tests/e2e/forge_clients.py" "$FORGE" \
			"$forge_url" "$token" "$@"
		return
	}
	case $1 in
	read)
		curl -sf -H "Authorization: token $token" \
			"$forge_url/statuses/$2?limit=50" |
			jq -cS 'sort_by(.id)[] | {state: .status, context,
				description, target_url, ref: ""}'
		;;
	combined)
		curl -sf -H "Authorization: token $token" \
			"$forge_url/commits/$2/status" | jq -r .state
		;;
	post)
		jq -n --arg s "$3" --arg c "$4" --arg d "$5" --arg t "$6" \
			'{state: $s, context: $c, description: $d, target_url: $t}' |
			curl -sf -H "Authorization: token $token" --json @- \
				"$forge_url/statuses/$2" >/dev/null
		;;
	esac
}
# field NAME: of the lines of client read, on one line
field() { jq -r ".$1" | paste -sd ' '; }

by_a_push() {
	local commit got
	make_bare server-"$FORGE"
	git -C "$bare" config sluice.sandbox none
	git -C "$bare" config sluice.forge.type "$FORGE"
	git -C "$bare" config sluice.forge.url "$forge_url"
	git -C "$bare" config sluice.forge.tokenFile "$work/token"
	git -C "$bare" config sluice.report.url 'https://sluice.example/r/%s?a=1&b=2'
	make_clone desk-"$FORGE"
	example
	commit=$(commit one)
	git push -q origin HEAD:refs/heads/exp/größe 2>/dev/null
	run_once
	client read "$commit" >"$work/read"
	is "$(field context <"$work/read" | tr ' ' '\n' | sort -u | paste -sd ' ')" \
		'sluice/data sluice/promote sluice/run sluice/tests' "$FORGE: four"
	got=$(grep -F sluice/run "$work/read" | tail -n 1)
	is "$(field context <<<"$got")" sluice/run "$FORGE: the context"
	is "$(field state <<<"$got")" success "$FORGE: the state"
	is "$(field target_url <<<"$got")" \
		"https://sluice.example/r/$commit?a=1&b=2" "$FORGE: the address"
	has "$(field description <<<"$got")" '4 nodes: 4 run, 0 reused' \
		"$FORGE: the words"
	[ "$FORGE" != gitlab ] ||
		is "$(field ref <<<"$got")" exp/größe 'the branch'
	[ "$FORGE" = gitlab ] ||
		is "$(client combined "$commit")" success "$FORGE: the whole"
}

# Words that are awkward, and as long as may be: 140 characters, of which each
# is four bytes.
by_words() {
	local commit long text
	commit=$(printf 'a%.0s' {1..40})
	long=$(printf '🩺%.0s' {1..140})
	for text in 'say "no" \ & <b>ä</b> %s 漢字' "$long"; do
		sluice-post --outbox "$work/outbox.db" --type "$FORGE" \
			--url "$forge_url" --token-file "$work/token" --once \
			--ref main --put "failure:$commit:$text" 2>>"$work/log"
		is "$(client read "$commit" | tail -n 1 | field description)" \
			"$text" "$FORGE: words"
	done
}

# Another program posts to the same commit, under its own name and under ours.
beside_another() {
	local commit final=failure
	commit=$(printf 'b%.0s' {1..40})
	[ "$FORGE" = gitlab ] && final=failed
	client post "$commit" pending lint 'is at it' https://lint.example/1 main
	client post "$commit" success lint 'no marks' https://lint.example/1 main
	client post "$commit" pending sluice/run old https://x.example/ main
	sluice-post --outbox "$work/outbox.db" --type "$FORGE" \
		--url "$forge_url" --token-file "$work/token" --once \
		--ref main --put "failure:$commit:Low failed (sql)" 2>>"$work/log"
	client read "$commit" >"$work/read"
	is "$(grep -F lint "$work/read" | tail -n 1 | field state)" success \
		"$FORGE: the other's"
	is "$(grep -F sluice/run "$work/read" | tail -n 1 | field state)" \
		"$final" "$FORGE: ours"
	[ "$FORGE" = gitlab ] ||
		is "$(client combined "$commit")" failure "$FORGE: the whole"
}

# What they may not send is refused, so the server is no echo.
refused() {
	local commit
	commit=$(printf 'c%.0s' {1..40})
	client post "$commit" succeeded lint x https://x.example/ main 2>/dev/null &&
		fail "$FORGE: a state that is none was taken"
	client post "$commit" success lint x ftp://x.example/ main 2>/dev/null &&
		fail "$FORGE: an address that is none was taken"
	[ "$FORGE" = gitea ] || {
		client post "$commit" success lint "$(printf 'x%.0s' {1..256})" \
			https://x.example/ main 2>/dev/null &&
			fail "$FORGE: words too long were taken"
	}
	is "$(client read "$commit")" '' "$FORGE: nothing is there"
	token=wrong client read "$commit" >/dev/null 2>&1 &&
		fail "$FORGE: a wrong token was taken"
	return 0
}

for FORGE in github gitlab gitea; do
	work=$top/$FORGE
	mkdir "$work"
	echo "$token" >"$work/token"
	start_forge --token "$token"
	by_a_push
	by_words
	beside_another
	refused
	is "$(jq -c 'select(.fault != null)' "$forge_log")" '' \
		"$FORGE: answers of our server that are not as described"
done
