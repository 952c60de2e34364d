#!/usr/bin/env bash
# The hook is killed, is missing, cannot spool; a ref is moved without a push;
# pushes overtake each other: every tip has exactly one result.
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
example

# 1. killed by SIGKILL before it did anything
mv "$bare/hooks/post-receive" "$work/hook"
# shellcheck disable=SC2016
printf '#!/bin/sh\nkill -9 $$\n' >"$bare/hooks/post-receive"
chmod +x "$bare/hooks/post-receive"
a=$(commit one)
push main
run_once
is "$(requests)" "main $a done success" 'after a killed hook'

# 2. killed behind its spooling (the runner was never asked): once, not twice
cat >"$bare/hooks/post-receive" <<E
#!/bin/sh
sh '$work/hook' >/dev/null
kill -9 \$\$
E
b=$(commit two)
push main
is "$(find "$bare/sluice/runner/spool" -type f | wc -l)" 1 'spooled'
run_once
is "$(find "$bare/sluice/runner/spool" -type f | wc -l)" 0 'taken in'
is "$(requests | tail -n 1)" "main $b done success" 'after a spooled push'
is "$(requests | wc -l)" 2 'requests'

# 3. no hook at all, and a ref that the server's owner moved
rm "$bare/hooks/post-receive"
c=$(commit three)
push main
run_once
is "$(requests | tail -n 1)" "main $c done success" 'without a hook'
git -C "$bare" update-ref refs/heads/other "$a"
run_once
is "$(requests | tail -n 1)" "other $a done success" 'a ref moved by hand'

# 4. the spool cannot be written: the push goes through, the runner finds it
cp "$work/hook" "$bare/hooks/post-receive"
rm -rf "$bare/sluice/runner/spool"
: >"$bare/sluice/runner/spool"
d=$(commit four)
push main
has "$(cat "$work/pushed")" 'not queued' 'what the pusher is told'
rm "$bare/sluice/runner/spool"
run_once
is "$(requests | tail -n 1)" "main $d done success" 'without a spool'

# 5. junk in the spool holds nobody up
mkdir -p "$bare/sluice/runner/spool"
echo junk >"$bare/sluice/runner/spool/0"
e=$(commit five)
push main
run_once
is "$(requests | tail -n 1)" "main $e done success" 'with junk in the spool'
is "$(cat "$bare/sluice/runner/spool-bad/0")" junk 'the junk is kept'

# 6. two pushes before anybody looked: the tip is run, the other is recorded
f=$(commit six)
push main
g=$(commit seven)
push main
run_once
is "$(requests | grep -c "$f superseded")" 1 'the overtaken one'
is "$(requests | grep -c "$g done success")" 1 'the tip'
is "$(runs_of main)" 6 'runs of main'

# 7. the database is lost: rebuilt from refs, nothing runs again
rm "$bare"/sluice/runner/run.db*
run_once
is "$(runs_of main)" 6 'runs of main after the database was lost'
is "$(requests | grep -c "$g done success")" 1 'restored'
echo 'no database' >"$bare/sluice/runner/run.db"
run_once
is "$(runs_of main)" 6 'runs of main after the database was damaged'
sluice runner --once --rebuild-index "$bare" 2>/dev/null
is "$(runs_of main)" 6 'runs of main after a rebuild'
