#!/usr/bin/env bash
# What is pushed to refs/sluice-requests/ is anybody's bytes: a bad one is told
# why and goes, whatever it is; a good one is done though no hook told of it,
# in the order in which they were pushed; one that is taken back is not done.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
asked() { git -C "$bare" for-each-ref --format='%(refname)' refs/sluice-requests/; }
none_left() { [ -z "$(asked)" ]; }
make_clone
write Late.sh <<X
# @include action/bash
[ -e '$work/late' ] || exit 3
echo n >out.csv
X
main=$(commit 'one that fails')
push main
git checkout -q -b exp
exp=$(commit 'the same')
push exp
run_once

# text JSON: as it would be for main, with other members over it
text() {
	jq -cS --argjson with "$1" '. + $with' <<<"{\"branch\":\"main\",\"commit\":\"$main\",\"do\":\"retry\",\"format\":\"sluice-request/1\"}"
}
n=0
# ask OBJECT: pushed by hand, without sluice
ask() {
	n=$((n + 1))
	git push origin "$1:refs/sluice-requests/by-hand-$n" >"$work/pushed" 2>&1 ||
		fail "the push was refused: $(cat "$work/pushed")"
}
blob() { git hash-object -w --stdin; }
said() { sed -n 's/^remote: \(sluice:.*[^ ]\) *$/\1/p' "$work/pushed"; }

start_runner
state=$(requests)
refused() { # OBJECT WORDS
	ask "$1"
	has "$(said)" "sluice: refused: " "$2"
	has "$(said)" "$2" 'why'
	is "$(said | wc -l)" 1 'one line'
	lacks "$(cat -v <<<"$(said)")" '^[' 'nothing acts on a terminal'
	is "$(asked)" '' 'it goes'
}
refused "$(blob </dev/null)" 'not a JSON object'
refused "$(echo 'not JSON' | blob)" 'not a JSON object'
refused "$(head -c 200000 /dev/zero | blob)" 'more than 16384 bytes'
refused "$(git rev-parse 'main^{tree}')" 'not a blob'
refused "$(git rev-parse main)" 'not a blob'
refused "$(text '{"force":true}' | blob)" 'not known here'
refused "$(text '{"do":"delete"}' | blob)" 'neither retry, cancel nor rollback'
refused "$(text '{"nodes":["Late\nNorth"]}' | blob)" 'control characters'
refused "$(text '{"reason":"\u001b]0;x\u0007"}' | blob)" 'control characters'
refused "$(text '{"branch":"../../etc"}' | blob)" 'no branch ../../etc'
refused "$(text '{"branch":"main~1"}' | blob)" 'no branch main~1'
refused "$(text "{\"commit\":\"$(printf '%040d' 7)\"}" | blob)" 'was never run here'
refused "$(text "{\"nodes\":[\"$(printf '\302\233x')\"]}" | blob)" 'has not failed'
refused "$({ printf '{"nodes":' && printf '[%.0s' {1..8000} && printf ']%.0s' {1..8000} && echo '}'; } | blob)" \
	'refused'
is "$(requests)" "$state" 'nothing of it was done'

# any name below the place is ours: none lingers
good=$(text '{"do":"cancel"}' | blob)
long=$(printf 'n%.0s' {1..200})
for name in a/b/c "$long" 'x~y' "caf$(printf '\303\251')"; do
	git check-ref-format "refs/sluice-requests/$name" || continue
	git push -q origin "$good:refs/sluice-requests/$name" >"$work/pushed" 2>&1
	has "$(said)" 'not done: nothing of' "$name"
	is "$(asked)" '' "$name goes"
done

# many in one push, beside a branch: the hook does not wait for them
refs=()
for i in $(seq 200); do refs+=("$good:refs/sluice-requests/many-$i"); done
git commit -q --allow-empty -m 'again'
git push -q origin exp "${refs[@]}" >"$work/pushed" 2>&1
wait_for 60 none_left
kill "$runner"
wait "$runner" || fail "the runner did not end well: $(cat "$work/runner.log")"
run_once

# a runner that listens and never answers: the push ends all the same
python3 - "$bare/sluice/runner/socket" <<'E' &
import os, socket, sys, time
os.chdir(os.path.dirname(sys.argv[1]))
s = socket.socket(socket.AF_UNIX)
s.bind("socket")
s.listen(64)
time.sleep(600)
E
started+=("$!")
wait_for 20 test -S "$bare/sluice/runner/socket"
ask "$good"
has "$(said)" 'queued; the runner has it' 'never answered'
kill "${started[-1]}"
rm "$bare/sluice/runner/socket"
run_once
is "$(asked)" '' 'done by the next one'

# without a hook: a ref that git itself has put, and one that gc has packed;
# one that is put this moment may have a hook that is about to tell who did
git -C "$bare" update-ref refs/sluice-requests/lying "$(text '{}' |
	git -C "$bare" hash-object -w --stdin)"
run_once
is "$(asked)" refs/sluice-requests/lying 'young'
touch -d '1 minute ago' "$bare/refs/sluice-requests/lying"
: >"$work/late"
run_once
is "$(asked)" '' 'found without a hook'
is "$(requests | tail -n 1)" "main $main done success" 'and done'
git -C "$bare" update-ref refs/sluice-requests/packed "$good"
git -C "$bare" pack-refs --all
run_once
is "$(asked)" '' 'packed'

# taken back before a runner came; and two in their order: stopped, then asked
# for again
exp=$(git rev-parse exp)
rm "$work/late"
git checkout -q exp
echo '# another text' >>Late.sh
exp=$(commit 'another text')
push exp
run_once
is "$(requests | tail -n 1)" "exp $exp done failure" 'it failed'
state=$(requests)
again=$(text "{\"branch\":\"exp\",\"commit\":\"$exp\"}" | blob)
stop=$(text "{\"branch\":\"exp\",\"commit\":\"$exp\",\"do\":\"cancel\"}" | blob)
ask "$again"
git push -q origin ":refs/sluice-requests/by-hand-$n" 2>/dev/null
run_once
is "$(requests)" "$state" 'taken back'
: >"$work/late"
ask "$again"
ask "$stop"
ask "$again"
run_once
is "$(requests | tail -n 2)" "exp $exp cancelled 
exp $exp done success" 'in their order'

# of a branch that is gone
git push -q origin :exp 2>/dev/null
ask "$again"
run_once
has "$(cat "$work/runner.log")" 'refused: there is no branch exp' 'gone'
is "$(asked)" '' 'nothing lingers'
