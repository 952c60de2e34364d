#!/usr/bin/env bash
# A worker killed at any of its calls: what it was asked is asked again, the
# manifest is the same byte for byte, and a worker that dies each time is a
# failure of the surroundings that no later run takes for the code's.
. "$(dirname "$0")/lib.sh"
command -v cc >/dev/null || skip "no compiler"
cc -shared -fPIC -O1 -o "$work/kill_at.so" "$tests/e2e/kill_at.c" -ldl

mkdir "$work/bin" && cp "$BUILD/sluice" "$work/bin/"
export PATH="$work/bin:$PATH"
at=$work/at
# the first worker of a run dies at its call $at, or all do at each; a worker
# has no environment of ours
write "$work/bin/sluice-worker" <<E
#!/bin/sh
if [ -e "$at" ]; then
	KILL_AT=\$(cat "$at")
	[ -e "$at.always" ] || rm "$at"
	LD_PRELOAD=$work/kill_at.so
	export KILL_AT LD_PRELOAD
fi
exec "$BUILD/sluice-worker" "\$@"
E
chmod +x "$work/bin/sluice-worker"

mkdir "$work/p" && cd "$work/p" && git init -q
example
write Py.sh <<'E'
# @include action/bash
# @depend ./ClinicA/Patient as p
cut -d, -f1 in/p.csv >out.csv
E
sed -i 's|@depend ./ClinicA|@depend /ClinicA|' Py.sh
commit one >/dev/null
manifest() {
	rm -rf .git/sluice
	sluice run --jobs 1 --json 2>"$work/err" >"$work/run.json" ||
		fail "call $(cat "$at" 2>/dev/null || echo none): $(cat "$work/err" "$work/run.json")"
	jq -r .manifest "$work/run.json"
}
wanted=$(manifest)
for n in 1 2 4 8 16; do
	echo "$n" >"$at"
	is "$(manifest)" "$wanted" "the worker died at its call $n"
	[ ! -e "$at" ] || fail "no worker was started"
done

# it dies whatever is asked: told, not remembered
echo 1 >"$at"
touch "$at.always"
rm -rf .git/sluice
code=0
sluice run >"$work/told" 2>&1 || code=$?
is "$code" 1 "a worker that always dies"
has "$(cat "$work/told")" "Py.sh: the worker process was killed by signal 9" "what happened"
rm "$at" "$at.always"
is "$(sluice run --json 2>/dev/null | jq -r .manifest)" "$wanted" "the next run"
