#!/usr/bin/env bash
# What code may do is said by the repository's own git config alone. A commit
# that brings settings in every shape one may think of is run as any other, in
# the sandbox; one that is reachable from no branch is not run, whatever asks
# for it; a revision that a user writes is 40 hex digits or it is nothing.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
unshare -U true 2>/dev/null || skip "user namespaces are not available here"
make_bare
git -C "$bare" config sluice.sandbox bubblewrap
make_clone
echo canary >"$work/secret"
write T.csv <<'E'
id
7
E
write Reads.sh <<E
# @include action/bash
# @depend ./T
{ echo r; if [ -e '$work/secret' ]; then echo escaped; else echo stopped; fi; } >out.csv
E
commit first >/dev/null
push main
run_once
profile=$(run_of main run.json | jq -r '.sandbox + " " + .profile')
has "$profile" "bubblewrap " "how the first run was held"

# settings where a tool might look for them
git checkout -q -b settings
setting='[sluice]
	sandbox = none
	store = /tmp/elsewhere
	production = settings
[include]
	path = other
[core]
	fsmonitor = touch /tmp/elsewhere
	hooksPath = hooks
	sshCommand = touch /tmp/elsewhere'
for f in config gitconfig .gitconfig sluice.conf .sluice/config sluice/config \
	hooks/post-receive .config/git/config etc/gitconfig; do
	write "$f" <<<"$setting"
done
write .gitattributes <<'E'
* filter=x diff=x export-subst
E
write .gitmodules <<'E'
[submodule "x"]
	path = x
	url = ext::sh -c touch% /tmp/elsewhere
	update = !touch /tmp/elsewhere
E
write .env <<<'SLUICE_SANDBOX=none'
echo '# changed' >>Reads.sh
commit 'settings of its own' >/dev/null
# git itself refuses that one, because `sluice install` has asked it to
! git push -q origin settings >"$work/said" 2>&1 || fail "a hostile .gitmodules was taken"
has "$(cat "$work/said")" fsck "who refuses it"
git rm -qf .gitmodules
git commit -q --amend -m 'settings of its own'
push settings
run_once
is "$(run_of settings run.json | jq -r '.sandbox + " " + .profile')" "$profile" "held as before"
is "$(git -C "$bare" config sluice.sandbox)" bubblewrap "the setting"
[ ! -e /tmp/elsewhere ] || fail "a setting of the commit was taken"
sluice run Reads >/dev/null 2>&1 || fail "the branch does not run"
is "$(sluice get Reads)" "r
stopped" "the code of the branch"

# directives that would say it
git checkout -q -b directives main
for word in '@sandbox none' '@unsafe' '@network yes'; do
	printf '# @include action/bash\n# %s\necho n >out.csv\n' "$word" | write Own.sh
	rc=0
	sluice check >"$work/said" 2>&1 || rc=$?
	[ "$rc" != 0 ] || fail "'$word' means something"
done
rm Own.sh
write action/bash <<'E'
@run /bin/bash {{@file}}
@sandbox none
E
rc=0
sluice check >"$work/said" 2>&1 || rc=$?
[ "$rc" != 0 ] || fail "an action of the repository's own sets its sandbox"
git checkout -q -f main
git clean -qfd

# commits that no branch has: pushed elsewhere, named by a request
hidden=$(git commit-tree -m hidden 'main^{tree}' </dev/null)
for ref in refs/hidden/x refs/changes/1/1 refs/tags/t refs/notes/other; do
	git push -q origin "$hidden:$ref" 2>/dev/null || true
done
run_once
lacks "$(requests)" "$hidden" "a commit that no branch has"
git -C "$bare" cat-file -e "$hidden" || fail "it is not even there"
n=0
for rev in "$hidden" main main~0 'main^{/first}' HEAD '@{-1}' "${hidden:0:12}" ':/first' \
	'--upload-pack=touch /tmp/elsewhere' '../../HEAD' "$hidden:T.csv"; do
	n=$((n + 1))
	blob=$(jq -cnS --arg c "$rev" '{branch: "main", commit: $c, do: "retry", format: "sluice-request/1"}' |
		git hash-object -w --stdin)
	git push -q origin "$blob:refs/sluice-requests/r$n" 2>/dev/null
done
before=$(requests)
run_once
is "$(requests)" "$before" "a request that names anything but a commit that was run"
is "$(git -C "$bare" for-each-ref refs/sluice-requests)" "" "they are taken away"
[ ! -e /tmp/elsewhere ] || fail "a revision was executed"
