#!/usr/bin/env bash
# sluice-post may end at any time: killed, or just before something is put that
# it has not seen. While a long run goes on, and nothing else happens, what
# waits is told all the same, by another one.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
FORGE=github
start_forge --script "$work/script"
echo s3cret >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone
write Long.sh <<E
# @include action/bash
touch '$work/began'
until [ -e '$work/go' ]; do sleep 0.05; done
echo n >out.csv
E
# one status a second: the poster has work as long as it takes to find it
echo 'always slow 1' >"$work/script"
start_runner
main=$(commit 'a long node')
push main
wait_for 60 test -e "$work/began"
is_killed() { pkill -9 -P "$runner" sluice-post; }
wait_for 60 is_killed
[ "$(outbox 'SELECT count(*) FROM slot WHERE settled = 0')" -gt 0 ] ||
	fail 'all was told before'
rm "$work/script"
wait_for 60 all_told
is "$(statuses_of "$main" | tr ' ' '\n' | sort -u)" pending 'told while it runs'
is "$(requests)" "main $main running " 'it runs'
touch "$work/go"
ended() { [ "$(requests)" = "main $main done success" ]; }
wait_for 60 ended
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
