#!/usr/bin/env bash
# What was computed on a branch is not computed again when the branch is
# merged: by fast-forward, by squash, by a merge commit; the three have one
# manifest, the branch's.
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
example
commit 'four nodes' >/dev/null
push main
run_once

statuses() { # of run.json of branch $1: how many of each
	run_of "$1" run.json | python3 -c '
import collections, json, sys
n = json.load(sys.stdin)["nodes"]
n = n.values() if isinstance(n, dict) else n
print(dict(sorted(collections.Counter(x["status"] for x in n).items())))'
}
manifest_of() { run_of "$1" manifest.json | sha256sum; }

change() { # a branch $1 with threshold $2, run
	git checkout -q -b "$1" main
	sed -i "s/< [0-9.]*/< $2/" ClinicA/Low.sql
	commit "threshold $2" >/dev/null
	push "$1"
	run_once
}

change ff 3.0
is "$(statuses ff)" "{'computed': 3, 'reused': 1}" 'the branch'
before=$(manifest_of ff)
git checkout -q main
git merge -q --ff-only ff
push main
run_once
is "$(statuses main)" "{'reused': 4}" 'fast-forward'
is "$(manifest_of main)" "$before" 'fast-forward: the manifest'

change squash 4.0
before=$(manifest_of squash)
git checkout -q main
git merge -q --squash squash >/dev/null
commit 'squashed' >/dev/null
push main
run_once
is "$(statuses main)" "{'reused': 4}" 'squash'
is "$(manifest_of main)" "$before" 'squash: the manifest'

change merge 5.0
before=$(manifest_of merge)
git checkout -q main
git merge -q --no-ff -m 'merged' merge
push main
run_once
is "$(statuses main)" "{'reused': 4}" 'merge commit'
is "$(manifest_of main)" "$before" 'merge commit: the manifest'
