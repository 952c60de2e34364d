#!/usr/bin/env bash
# core.hooksPath: one hook for every repository of a server. It acts where
# sluice was installed and nowhere else; what lay in the directory before runs
# behind it; uninstalling leaves all as it was.
. "$(dirname "$0")/lib.sh"

hooks=$work/hooks
mkdir "$hooks"
git config --global core.hooksPath "$hooks"
git init -q --bare -b main "$work/mine.git"
git init -q --bare -b main "$work/other.git"

# before the hook is there it is said what to do
first=$(state "$work/mine.git")
sluice install "$work/mine.git" >"$work/out" 2>&1 && fail 'installed'
has "$(cat "$work/out")" "sluice install --hooks $hooks" 'what to do'
is "$(state "$work/mine.git")" "$first" 'nothing has changed'

# somebody's hook is there: refused, then chained
cat >"$hooks/post-receive" <<E
#!/bin/sh
sed 's/^/theirs /' >>'$work/theirs'
E
chmod +x "$hooks/post-receive"
theirs=$(sha256sum <"$hooks/post-receive")
sluice install --hooks "$hooks" >"$work/out" 2>&1 && fail 'replaced'
has "$(cat "$work/out")" 'there is a hook already' 'a foreign hook'
is "$(sha256sum <"$hooks/post-receive")" "$theirs" 'the foreign hook'
sluice install --hooks "$hooks" --chain >"$work/out" 2>/dev/null
has "$(cat "$work/out")" "chained $hooks/post-receive.before-sluice" 'chained'
hook=$(sha256sum <"$hooks/post-receive")
sluice install --hooks "$hooks" >/dev/null 2>&1
is "$(sha256sum <"$hooks/post-receive")" "$hook" 'again'

# installed in one: settings alone, no hook of its own
sluice install "$work/mine.git" >"$work/out"
has "$(cat "$work/out")" "$hooks/post-receive, which others share" 'the words'
is "$(sluice install --json "$work/mine.git" | jq -c '[.hook, .shared]')" \
	"[\"$hooks/post-receive\",true]" 'as JSON'
[ ! -e "$work/mine.git/hooks/post-receive" ] || fail 'a hook of its own'
is "$(git -C "$work/mine.git" config --local core.fsync)" all 'core.fsync'

bare=$work/mine.git
make_clone
example
main=$(commit 'four nodes')
push main
has "$(cat "$work/pushed")" 'sluice: queued' 'what the pusher sees'
run_once
is "$(requests)" "main $main done success" 'the request'
is "$(run_of main run.json | jq -r .user)" ann 'who pushed'
has "$(note_of "$main")" '4 nodes' 'the note'
grep -q "theirs .* $main refs/heads/main" "$work/theirs" || fail 'theirs'

# the other has none of it, and its pushes reach their hook alone
git push -q "$work/other.git" HEAD:main >"$work/pushed" 2>&1
lacks "$(cat "$work/pushed")" sluice: 'a push elsewhere'
[ ! -e "$work/other.git/sluice" ] || fail 'something was kept elsewhere'
is "$(wc -l <"$work/theirs")" 2 'theirs, of both'
printf 'junk' | (cd "$work/other.git" && sluice-hook --shared) >"$work/out"
is "$(cat "$work/out")" '' 'junk, elsewhere'

# called through a link, as gitolite does, it finds the chained one all the same
ln -s "$hooks/post-receive" "$work/other.git/hooks/post-receive"
(cd "$work/other.git" && echo "by a link" | hooks/post-receive)
is "$(tail -n 1 "$work/theirs")" 'theirs by a link' 'theirs, through a link'
rm "$work/other.git/hooks/post-receive"

# uninstalled in one, the shared hook does nothing there
sluice install --uninstall "$bare" >"$work/out"
has "$(cat "$work/out")" 'which others share' 'the words of uninstalling'
is "$(state "$bare")" "$first" 'as before'
is "$(sha256sum <"$hooks/post-receive")" "$hook" 'the shared hook stays'
commit 'nobody looks' >/dev/null
push main
lacks "$(cat "$work/pushed")" sluice: 'a push after uninstalling'
[ ! -e "$bare/sluice/runner/spool" ] || fail 'spooled after uninstalling'
sluice install --uninstall "$bare" >"$work/out" 2>&1 && fail 'twice'
has "$(cat "$work/out")" 'sluice is not installed' 'twice'

# the directory, too
sluice install --hooks "$hooks" --uninstall >/dev/null
is "$(sha256sum <"$hooks/post-receive")" "$theirs" 'their hook is back'
is "$(ls "$hooks")" post-receive 'the directory'
sluice install --hooks "$hooks" --uninstall 2>"$work/out" && fail 'theirs'
has "$(cat "$work/out")" "is not sluice's hook" 'theirs is not ours'

# hooks are a link (as of an old GitLab): shared all the same; a relative
# core.hooksPath is read from the repository, as git does
git config --global --unset core.hooksPath
rm "$hooks/post-receive"
git init -q --bare -b main "$work/linked.git"
rm -r "$work/linked.git/hooks"
ln -s ../hooks "$work/linked.git/hooks"
sluice install "$work/linked.git" >"$work/out" 2>&1 && fail 'through a link'
has "$(cat "$work/out")" 'other repositories share' 'a link'
is "$(ls "$hooks")" '' 'nothing was written through it'
sluice install --hooks "$hooks" >/dev/null 2>&1
sluice install "$work/linked.git" >/dev/null
git -C "$work/mine.git" config core.hooksPath ../hooks
sluice install "$work/mine.git" >/dev/null
git push "$work/linked.git" HEAD:main >"$work/pushed" 2>&1
has "$(cat "$work/pushed")" 'sluice: queued' 'through a link'
git push "$work/mine.git" HEAD:relative >"$work/pushed" 2>&1
has "$(cat "$work/pushed")" 'sluice: queued' 'a relative path'

# a hook of post-receive.d that has our name: never run twice, so never chained
mkdir "$work/d" "$work/d/post-receive.d"
echo '#!/bin/sh' >"$work/d/post-receive.d/sluice"
sluice install --hooks "$work/d" --chain >"$work/out" 2>&1 && fail 'chained in .d'
has "$(cat "$work/out")" 'everything in that directory is run' 'in .d'
is "$(ls "$work/d/post-receive.d")" sluice 'post-receive.d'

# a repository is no directory of hooks, nor the other way round
sluice install --hooks "$work/other.git" >"$work/out" 2>&1 && fail 'a repository'
has "$(cat "$work/out")" 'is a repository' 'a repository'
sluice install --hooks "$hooks" --hide-runs >/dev/null 2>&1 && fail 'hide-runs'

# settings alone: no hook is needed, the runner compares refs
git init -q --bare -b main "$work/none.git"
bare=$work/none.git
first=$(state "$bare")
sluice install --no-hook "$bare" >"$work/out"
has "$(cat "$work/out")" 'no hook' 'settings alone'
[ ! -e "$bare/hooks/post-receive" ] || fail 'a hook'
git push -q "$bare" HEAD:main
run_once
is "$(requests)" "main $(git rev-parse HEAD) done success" 'without a hook'
sluice install --uninstall "$bare" >/dev/null
is "$(state "$bare")" "$first" 'as before, without a hook'

# a setting of the owner's that was replaced comes back
git -C "$bare" config core.fsync none
git -C "$bare" config receive.fsckObjects false
first=$(state "$bare")
sluice install "$bare" >/dev/null
is "$(git -C "$bare" config core.fsync)" all 'replaced'
sluice install "$bare" >/dev/null
sluice install --uninstall "$bare" >/dev/null
is "$(state "$bare")" "$first" 'put back'

# killed between remembering and setting, then installed again: put back once
git -C "$bare" config --add sluice.installed core.fsync=all=none
sluice install "$bare" >/dev/null
is "$(git -C "$bare" config core.fsync)" all 'replaced after a death'
sluice install --uninstall "$bare" >/dev/null
is "$(state "$bare")" "$first" 'put back after a death'
