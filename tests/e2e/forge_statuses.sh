# shellcheck shell=bash
# forge_statuses.sh: statuses on the forge that FORGE names, a real server that
# holds every request to the forge's interface, knows the commits that exist, and
# fails one request in three. Runs that fail, are retried, overtaken, cancelled
# or deleted come to exactly one end each, in the forge's words; a client of
# another make reads them back. A lost answer, a killed poster, a state machine
# and a mirror that is behind make nothing appear twice, and lose nothing.
#
# A script sets FORGE and sources this; $bare is left.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
secret=glpat-s3cret-t0ken

# client VERB COMMIT [JSON]: read prints "ref:state ref:state ..." (ref only
# where the forge has it), oldest first; twice prints neighbours that are
# equal; post posts.
client() {
	python3 - "$FORGE" "$forge_url" "$secret" "$@" <<'E'
import json, sys, urllib.request
forge, url, token, verb, commit = sys.argv[1:6]
header = {"github": ("Authorization", "Bearer " + token),
          "gitlab": ("PRIVATE-TOKEN", token),
          "gitea": ("Authorization", "token " + token)}[forge]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
def ask(path, body=None):
    r = urllib.request.Request(url + path, data=body, headers=dict(
        [header, ("Content-Type", "application/json")]))
    with opener.open(r, timeout=30) as answer:
        return json.load(answer)
if verb == "post":
    ask("/statuses/" + commit, sys.argv[6].encode())
    sys.exit()
path = "/repository/commits/%s/statuses?all=true" if forge == "gitlab" \
    else "/commits/%s/statuses"
every = sorted(ask(path % commit), key=lambda x: x["id"])
def of(context):
    return [x for x in every if x.get("context", x.get("name")) == context]
have = [x for x in every if x.get("context", x.get("name")) not in
        ("sluice/tests", "sluice/data", "sluice/promote")]
state = "state" if forge == "github" else "status"
if verb == "read":
    print(" ".join((x["ref"] + ":" if forge == "gitlab" else "") + x[state]
                   for x in have))
else:
    keys = (state, "context", "ref", "description", "target_url")
    # on GitLab a retry's "pending" is the row that its end then is, and what is
    # said of tests and of data may be the same once more
    contexts = ("run", "promote") if forge == "gitlab" else ("run", "tests", "data", "promote")
    for a, b in (pair for context in contexts
                 for have in [of("sluice/" + context)] for pair in zip(have, have[1:])):
        if [a.get(k) for k in keys] == [b.get(k) for k in keys]:
            print("twice:", a)
E
}
# matches TEXT PATTERN WORDS
matches() {
	[[ $1 =~ ^$2$ ]] || fail "$FORGE, $3: got '$1', wanted '$2'"
}
forge_again() {
	rm -f "$work/forge.port"
	start_forge --token "$secret" "$@"
}

# What each forge calls it. On GitHub and Gitea each status is a row; on GitLab
# a job that changes, a new one behind an end.
expect() {
	case $FORGE in
	gitlab)
		retried='main:failed main:success'
		stopped='exp:canceled' failed='failed'
		well='(next:success )?exp:success( (exp|next):success)*'
		;;
	*)
		retried='(pending )?failure (pending )?success'
		stopped='pending error' failed='failure'
		well='(pending )?success( success)*'
		;;
	esac
}

is_done() { requests | grep -q "$1"; }
is_pending() { [[ "$(client read "$1")" == *pending ]]; }

slow_node() {
	write Slow.sh <<E
# @include action/bash
env >'$work/environment'
echo $1 >'$work/slow'
sleep 600
E
}

# 1. By pushes, through a forge that fails one request in three.
pushes() {
	local main slow fast cancelled gone died
	make_bare
	git -C "$bare" config sluice.sandbox none
	forge_again --every 3 --repo "$bare"
	git -C "$bare" config sluice.forge.type "$FORGE"
	git -C "$bare" config sluice.forge.url "$forge_url"
	git -C "$bare" config sluice.forge.tokenFile "$work/token"
	git -C "$bare" config sluice.report.url 'https://sluice.example/r/%s'
	make_clone
	example
	write Flaky.sh <<E
# @include action/bash
[ -e '$work/mended' ] || exit 3
echo n >out.csv
echo 1 >>out.csv
E
	start_runner
	main=$(commit 'a node that fails')
	push main
	wait_for 60 is_done "main $main done failure"
	soon 90 all_told
	matches "$(client read "$main")" "(main:)?(pending )?$failed" 'failed'

	: >"$work/mended"
	(cd "$bare" && sluice retry main --reason mended >/dev/null)
	wait_for 60 is_done "main $main done success"

	git checkout -q -b exp
	slow_node 1
	slow=$(commit 'slow')
	push exp
	soon 90 is_pending "$slow"
	grep -q "$secret" "$work/environment" && fail 'a node sees the token'
	grep -qi forge "$work/environment" && fail 'a node hears of the forge'
	git rm -q Slow.sh
	fast=$(commit 'without it')
	push exp
	wait_for 60 is_done "exp $fast done success"
	wait_for 20 is_done "exp $slow superseded"

	slow_node 2
	cancelled=$(commit 'slow again')
	push exp
	soon 90 is_pending "$cancelled"
	(cd "$bare" && sluice cancel exp >/dev/null)
	wait_for 60 is_done "exp $cancelled cancelled"

	slow_node 3
	gone=$(commit 'slow, on a branch that goes')
	push exp
	soon 90 is_pending "$gone"
	git push -q origin :exp 2>/dev/null
	wait_for 60 is_done "exp $gone superseded"

	# a runner that dies, and a newer tip before the next one begins
	slow_node 4
	rm -f "$work/slow"
	died=$(commit 'slow, and the runner dies')
	push HEAD:refs/heads/exp
	soon 90 is_pending "$died"
	wait_for 60 test -s "$work/slow"
	kill -9 "$runner"
	wait "$runner" 2>/dev/null || true
	push "$fast:refs/heads/next" "+$fast:refs/heads/exp"
	start_runner
	wait_for 60 is_done "exp $died superseded"
	wait_for 60 is_done "next $fast done success"

	if [ "$FORGE" = gitlab ]; then # a status belongs to a branch
		soon 120 all_told # those of main come first
		push "$main:refs/heads/same"
		wait_for 60 is_done "same $main done success"
		retried="$retried same:success"
	fi
	soon 120 all_told
	matches "$(client read "$main")" "$retried" 'retried'
	matches "$(client read "$slow")" "$stopped" 'overtaken'
	matches "$(client read "$died")" "$stopped" 'after a crash'
	matches "$(client read "$fast")" "$well" 'well'
	matches "$(client read "$cancelled")" "$stopped" 'cancelled'
	matches "$(client read "$gone")" "$stopped" 'deleted'
	for commit in "$main" "$slow" "$fast" "$cancelled" "$gone" \
		"$died"; do
		is "$(client twice "$commit")" '' "$FORGE, told twice"
	done
	kill "$runner"
	wait "$runner" || fail 'the runner did not end well'
	requests_are_valid
}

# What the forge did not refuse by our script, it took: no request was wrong,
# and each had the token.
requests_are_valid() {
	local bad
	bad=$(jq -c 'select(.injected | not) | select(.answer != 200 and
		.answer != 201)' "$forge_log")
	is "$bad" '' "$FORGE, requests that are not valid"
	is "$(jq -r 'select(.agent | startswith("sluice/")) | .token' \
		"$forge_log" | sort -u)" true "$FORGE, the token's header"
	[ "$(grep -c '"injected": true' "$forge_log")" -ge 3 ] ||
		fail "$FORGE: the forge did not fail"
}

# post WANTED-EXIT ARGUMENT...
post() {
	local rc=0 wanted=$1
	shift
	sluice-post --outbox "$work/outbox.db" --type "$FORGE" \
		--url "$forge_url" --token-file "$work/token" --ref exp/one \
		"$@" 2>>"$work/post.log" || rc=$?
	is "$rc" "$wanted" "$FORGE: sluice-post $*"
}

# 2. What nobody knows the end of is looked for before it is told once more.
doubts() {
	local commit ref=
	commit=$(printf 'a%.0s' {1..40})
	[ "$FORGE" = gitlab ] && ref=exp/one:
	forge_again --script "$work/script"
	echo lost >"$work/script"
	post 4 --once --put "success:$commit:3 nodes"
	post 0
	is "$(client read "$commit")" "${ref}success" 'a lost answer'
	is "$(grep -c '"method": "POST"' "$forge_log")" 1 'requests'
	# nor does a connection that was used before repeat anything by itself
	echo 'always 429' >"$work/script"
	post 4 --once --put "success:${commit//a/8}:8"
	post 4 --once --put "success:${commit//a/9}:9"
	printf '%s\n' 'slow 0' lost >"$work/script"
	post 0
	is "$(client read "${commit//a/8}")" "${ref}success" 'the first'
	is "$(client read "${commit//a/9}")" "${ref}success" 'the second, lost'

	# a poster that is killed as it waits for the answer
	commit=$(printf 'b%.0s' {1..40})
	echo 'slow 2' >"$work/script"
	sluice-post --outbox "$work/outbox.db" --type "$FORGE" --ref exp/one \
		--url "$forge_url" --token-file "$work/token" \
		--put "failure:$commit:no" 2>>"$work/post.log" &
	killed=$!
	is_sending() { ! grep -q . "$work/script"; }
	wait_for 20 is_sending
	tr '\0' '\n' <"/proc/$killed/environ" >"$work/environment"
	grep -q "$secret" "$work/environment" && fail 'the token in environ'
	tr '\0' '\n' <"/proc/$killed/cmdline" >"$work/arguments"
	grep -q "$secret" "$work/arguments" && fail 'the token is an argument'
	kill -9 $killed
	wait $killed 2>/dev/null || true
	shown() { [ -n "$(client read "$commit")" ]; }
	wait_for 20 shown
	post 0
	is "$(client read "$commit")" "$ref$failed" 'a killed poster'

	# an outage: nothing is lost, the newest alone is told
	commit=$(printf 'c%.0s' {1..40})
	echo 'always reset' >"$work/script"
	post 4 --once --put "pending:$commit:0 of 3"
	post 4 --once --put "success:$commit:3 nodes"
	: >"$work/script"
	post 0
	is "$(client read "$commit")" "${ref}success" 'after an outage'
}

# 3. GitLab's state machine and its lock.
state_machine() {
	local commit
	commit=$(printf 'd%.0s' {1..40})
	: >"$work/script"
	client post "$commit" \
		'{"state":"pending","name":"sluice/run","ref":"exp/one"}'
	post 0 --once --put "pending:$commit:0 of 3"
	is "$(jq -r .answer "$forge_log" | tail -n 1)" 400 'a second pending'
	post 0 --once --put "cancelled:$commit:superseded"
	is "$(client read "$commit")" 'exp/one:canceled' 'one job'

	commit=$(printf 'e%.0s' {1..40})
	echo 'slow 3' >"$work/script"
	client post "$commit" '{"state":"success","name":"lint","ref":"main"}' &
	wait_for 20 is_sending
	post 4 --once --put "success:$commit:3 nodes"
	wait $!
	is "$(grep -c '"answer": 409' "$forge_log")" 1 'in progress'
	post 0
	is "$(client read "$commit")" 'main:success exp/one:success' 'both'
}

# 4. A forge that is a mirror, and behind: it has the commit a little later.
mirror() {
	local head
	git init -q --bare "$work/mirror.git"
	head=$(git rev-parse main)
	forge_again --repo "$work/mirror.git"
	post 4 --once --put "success:$head:3 nodes"
	git push -q "$work/mirror.git" main
	post 0
	matches "$(client read "$head")" '(exp/one:)?success' 'behind'
}

echo "$secret" >"$work/token"
expect
pushes
doubts
[ "$FORGE" = gitlab ] && state_machine
mirror
rm "$work/token"
if grep -rqF "$secret" "$work"; then
	fail "the token is written: $(grep -rlF "$secret" "$work")"
fi
