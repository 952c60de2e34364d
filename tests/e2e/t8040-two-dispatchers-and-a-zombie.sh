#!/usr/bin/env bash
# A runner that was stopped (SIGSTOP) for as long as one likes still holds its
# repository: a second one is refused, and finds nothing half done when the
# first is killed; woken again, the first ends what it began, once. Two
# dispatchers on one store execute a node once and have one manifest. A worker
# that is stopped beyond its node's limit is killed, and what it would have said
# is nobody's.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
# where nodes, which run as nobody, may write
chmod 711 "$work"
mkdir -m 777 "$work/free"
make_clone
example
# waits until it is let go; says that it runs
write Slow.sh <<E
# @include action/bash
# @timeout 60s
echo x >>'$work/free/began'
until [ -e '$work/free/go' ]; do sleep 0.02; done
printf 'n\n1\n' >out.csv
E
a=$(commit one)
push main
began() { [ -s "$work/free/began" ]; }
n_began() { wc -l <"$work/free/began"; }

# 1. stopped in the middle; another comes; it is woken
sluice runner --once "$bare" 2>"$work/first.log" &
first=$!
started+=("$first")
wait_for 30 began
kill -STOP "$first"
rc=0
sluice runner --once "$bare" 2>"$work/second.log" || rc=$?
is "$rc" 4 'a second runner'
has "$(cat "$work/second.log")" 'a runner serves this repository already' \
	'what it says'
: >"$work/free/go"
kill -CONT "$first"
wait "$first" || fail "the first: $(cat "$work/first.log")"
is "$(requests)" "main $a done success" 'once'
is "$(runs_of main) $(n_began)" '1 1' 'one run, one execution'

# 2. stopped, and killed while it is: the next one takes over
rm -f "$work/free/go" "$work/free/began"
sed -i 's/n.n1/n\\n2/' Slow.sh
b=$(commit two)
push main
sluice runner --once "$bare" 2>"$work/first.log" &
first=$!
started+=("$first")
wait_for 30 began
kill -STOP "$first"
kill -KILL "$first"
wait "$first" 2>/dev/null || true
: >"$work/free/go"
run_once
is "$(requests | tail -n 1)" "main $b done success" 'taken over'
is "$(runs_of main)" 2 'runs'
is "$(sluice store fsck --json | jq -c '[.damaged, .quarantine]')" '[[],0]' \
	'the desk'
is "$(cd "$bare" && sluice store fsck --json | jq -c '[.damaged, .quarantine]')" \
	'[[],0]' 'the store'

# 3. two dispatchers, one store, the same nodes
rm -f "$work/free/go" "$work/free/began"
git config sluice.sandbox none
git config sluice.store "$work/store"
git worktree add -q "$work/other" 2>/dev/null
git -C "$work/other" config sluice.store "$work/store"
sluice run --json >"$work/one" 2>"$work/one.log" &
one=$!
(cd "$work/other" && exec sluice run --json >"$work/two" 2>"$work/two.log") &
two=$!
started+=("$one" "$two")
wait_for 30 began
: >"$work/free/go"
wait "$one" || fail "one: $(cat "$work/one.log")"
wait "$two" || fail "two: $(cat "$work/two.log")"
is "$(jq .manifest "$work/one")" "$(jq .manifest "$work/two")" 'one manifest'
is "$(n_began)" 1 'executed once'

# 4. a worker that is stopped beyond the limit
rm -f "$work/free/go" "$work/free/began"
write Wait.sh <<E
# @include action/bash
# @timeout 2s
echo \$\$ >'$work/free/worker'
until [ -e '$work/free/go' ]; do sleep 0.02; done
printf 'n\n9\n' >out.csv
E
rc=0
sluice run Wait --json >"$work/waited" 2>/dev/null &
waiting=$!
started+=("$waiting")
wait_for 30 test -s "$work/free/worker"
kill -STOP "$(cat "$work/free/worker")"
wait "$waiting" || rc=$?
is "$rc" 1 'a node over its limit'
is "$(jq -r '.nodes[] | select(.node == "Wait").status' "$work/waited")" failed \
	'its end'
: >"$work/free/go"
kill -CONT "$(cat "$work/free/worker")" 2>/dev/null && fail 'it lives'
is "$(sluice show Wait --json 2>/dev/null | grep -c 9)" 0 'no result of a zombie'
