#!/usr/bin/env bash
# retry and cancel in a clone ask the server by a push of their own: what comes
# of it is told at once where a runner is there, and it waits where none is; who
# asked is in the record; nothing of it stays, and nothing else is pushed.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
in_bare() { (cd "$bare" && sluice "$@"); }
asked() { git -C "$bare" for-each-ref --format='%(refname)' refs/sluice-requests/; }
# sluice ARGUMENT...: its words in $work/said, its status must be the first
exits() {
	local want=$1 rc=0
	shift
	sluice "$@" >"$work/said" 2>&1 || rc=$?
	is "$rc" "$want" "sluice $*: $(cat "$work/said")"
}
make_clone
for place in North South; do
	write $place/Late.sh <<X
# @include action/bash
[ -e '$work/$place' ] || exit 3
echo n >out.csv
X
done
main=$(commit 'two that fail')
push main
run_once

# no runner is there: it waits, and is done when there is one; what the user
# has set for pushes of their own has no part in it
git config push.followTags true
git config push.pushOption anything
git tag -a -m one v1
write .git/hooks/pre-push <<'X'
#!/bin/sh
echo "no push today" >&2
exit 1
X
chmod +x .git/hooks/pre-push
exits 0 retry main North --reason 'the file was delivered'
has "$(cat "$work/said")" "origin: queued; no runner is here" 'it waits'
is "$(asked | wc -l)" 1 'a ref of its own'
is "$(git -C "$bare" tag)" '' 'no tag was pushed'
is "$(git -C "$bare" cat-file blob "$(asked)")" \
	"{\"branch\":\"main\",\"commit\":\"$main\",\"do\":\"retry\",\"format\":\"sluice-request/1\",\"nodes\":[\"North\"],\"reason\":\"the file was delivered\"}" \
	'what it says'
is "$(git ls-remote origin 'refs/sluice-requests/*')" '' 'nobody fetches it'
rm .git/hooks/pre-push
git config --unset push.pushOption
: >"$work/North"
run_once
is "$(asked)" '' 'it is done'
is "$(requests | tail -n 1)" "main $main done failure" 'South has failed still'
is "$(run_of main manifest.json | jq -c '[.nodes["North/Late","South/Late"].state]')" \
	'["ok","failed"]' 'the named directory alone'
is "$(run_of main run.json | jq -r '[.user, .reason] | join(": ")')" \
	'ann: the file was delivered' 'who asked, and why'

# a runner is there: the answer is in the push
start_runner
exits 2 retry main /North
has "$(cat "$work/said")" 'origin: refused: /North has not failed' 'refused'
exits 2 retry main /East --json
is "$(jq -c '[.branch, .commit, .remote, .state]' "$work/said")" \
	"[\"main\",\"$main\",\"origin\",\"refused\"]" 'refused, as JSON'
: >"$work/South"
exits 0 retry main --json
is "$(jq -r '.state, .message' "$work/said")" "accepted
1 node of ${main:0:12} on main is queued again" 'accepted'
ended() { requests | tail -n 1 | grep -q "$1"; }
wait_for 60 ended "main $main done success"
exits 2 retry "${main:0:9}"
has "$(cat "$work/said")" "nothing failed in the run of ${main:0:12} of main" \
	'a commit, cut short'
exits 4 cancel main
has "$(cat "$work/said")" 'not done: nothing of' 'nothing runs'
is "$(asked)" '' 'nothing lingers'

# a run that would take ten minutes is stopped, and only that of the branch that
# is meant: without a word the one that is checked out
slow() { # BRANCH: that runs until it is stopped
	git checkout -q -b "$1" main
	write "$1.sh" <<X
# @include action/bash
echo \$\$ >'$work/$1.pid'
sleep 600
X
	commit "$1" >/dev/null
	push "$1"
}
slow one
wait_for 60 test -s "$work/one.pid"
slow two # waits behind the first
two=$(git rev-parse HEAD)
queued() { requests | grep -q "two $two queued"; }
wait_for 60 queued
git commit -q --allow-empty -m 'not pushed yet'
exits 0 cancel
is "$(cat "$work/said")" "origin: ${two:0:12} of two is cancelled" \
	'the branch that is checked out, as the server has it'
is "$(requests | grep -c ' running ')" 1 'the other one goes on'
git checkout -q --detach
exits 2 cancel
has "$(cat "$work/said")" 'no branch is checked out' 'which one?'
exits 0 cancel one
is "$(git log -1 --format=%H one)" "$(requests | awk '$1 == "one" {print $2}')" 'one'
wait_for 60 ended "two $two cancelled"
stopped() { requests | grep -q "^one .* cancelled"; }
wait_for 60 stopped
is "$(sqlite3 "$bare/sluice/runner/run.db" \
	"SELECT message FROM request WHERE branch = 'two'")" 'cancelled by ann' 'who'

# what was cancelled may be run after all, by a colleague whose clone has not
# the branch
git clone -q --single-branch -b main "$bare" "$work/colleague"
cd "$work/colleague"
exits 0 retry two
has "$(cat "$work/said")" "${two:0:12} of two is queued again" 'a colleague'
exits 0 cancel two
wait_for 60 ended "two $two cancelled"

# eight ask at once for the same: it is queued once, and each is answered
git checkout -q -b held origin/main
write Held.sh <<X
# @include action/bash
[ -e '$work/again' ] || exit 3
until [ -e '$work/free' ]; do sleep 0.1; done
echo n >out.csv
X
held=$(commit 'held')
push held
wait_for 60 ended "held $held done failure"
: >"$work/again"
for i in 1 2 3 4 5 6 7 8; do
	sluice retry held >"$work/asked.$i" 2>&1 &
	askers[i]=$!
done
fine=0
for i in 1 2 3 4 5 6 7 8; do
	if wait "${askers[i]}"; then fine=$((fine + 1)); fi
done
is "$(cat "$work"/asked.* | grep -c 'queued again')" 1 'once'
is "$(cat "$work"/asked.* | grep -cE 'not done: .* is (queued|running) already')" 7 \
	'the others'
is "$fine" 1 'their exit statuses'
: >"$work/free"
wait_for 60 ended "held $held done success"
is "$(requests | grep -c "^held ")" 2 'requests'
is "$(asked)" '' 'nothing lingers'

# what no retry mends
git checkout -q -b slip origin/main
sed -i '1a # @depnd ./North' North/Late.sh
slip=$(commit 'a slip')
push slip
wait_for 60 ended "slip $slip done failure"
exits 2 retry slip
has "$(cat "$work/said")" "refused: the text of ${slip:0:12} has errors" 'a text error'

# words for what cannot be asked
exits 2 retry nothing
has "$(cat "$work/said")" 'origin has no branch nothing' 'no such branch'
git commit -q --allow-empty -m 'not pushed'
exits 2 retry HEAD
has "$(cat "$work/said")" 'no run of such a commit' 'not pushed'
exits 2 retry main --reason "$(printf '%300s' x)"
has "$(cat "$work/said")" 'more than 255 bytes' 'a long reason'
mv "$bare" "$work/away.git"
exits 4 retry main
has "$(cat "$work/said")" 'origin does not answer; nothing was asked' 'away'
mv "$work/away.git" "$bare"
git remote rename origin upstream
exits 2 cancel main
has "$(cat "$work/said")" 'has no remote origin' 'no remote'
exits 2 retry --reason x
has "$(cat "$work/said")" "a reason is for the record of a server's run" 'a desk'

# a server without sluice: the request is taken back
git clone -q --bare "$bare" "$work/plain.git"
git remote add origin "$work/plain.git"
exits 4 retry main
has "$(cat "$work/said")" 'the request was taken back' 'no sluice'
is "$(git -C "$work/plain.git" for-each-ref refs/sluice-requests/)" '' 'taken back'

# a server that lets this user push no such ref
write "$work/plain.git/hooks/update" <<'X'
#!/bin/sh
case $1 in refs/sluice-requests/*) echo "not for you"; exit 1 ;; esac
X
chmod +x "$work/plain.git/hooks/update"
exits 4 retry main
has "$(cat "$work/said")" 'not for you' "the server's words"
has "$(cat "$work/said")" 'origin did not take the request' 'and ours'
