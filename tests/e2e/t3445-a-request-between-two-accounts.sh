#!/usr/bin/env bash
# The repository is `git`'s, the runner is `sluice`'s: what the one has pushed
# the other does and removes; what it could not remove it does not do.
. "$(dirname "$0")/server.sh"

does account
does plain
bare=/srv/git/pipeline.git
does other
does other-share
does other-trust
as git git -C $bare config sluice.sandbox none
as git git clone -q $bare desk 2>/dev/null
cd /srv/git/desk
write Late.sh <<'E'
# @include action/bash
exit 3
E
chown -R git: /srv/git/desk
as git bash -ec 'cd desk; git add -A
	git -c user.name=g -c user.email=g@x.org commit -q -m one
	git push -q origin HEAD:main' 2>"$work/pushed" || fail "push: $(cat "$work/pushed")"
once() { as sluice sluice runner --once $bare >>"$work/runner.log" 2>&1 ||
	fail "$(cat "$work/runner.log")"; }
asked() { as git git -C $bare for-each-ref refs/sluice-requests/; }
runs() { as git git -C $bare rev-list --count refs/sluice/runs/main; }
retry() { as git sh -c 'cd desk && sluice retry main' >"$work/out" 2>&1 ||
	fail "$(cat "$work/out")"; }
once
is "$(runs)" 1 'it failed'

retry
has "$(cat "$work/out")" 'queued; no runner is here' 'it waits'
once
is "$(runs)" 2 'done'
is "$(asked)" '' 'and removed'
retry
as git git -C $bare gc -q
once
is "$(runs)" 3 'a packed one is done'
is "$(asked)" '' 'and removed'

# a place that the runner cannot write: nothing is done, again and again
retry
chmod -R g-w $bare/refs/sluice-requests
once
once
is "$(runs)" 3 'not done'
has "$(cat "$work/runner.log")" 'is not done: this user could not remove it then' 'it is said'
chmod -R g+w $bare/refs/sluice-requests
once
is "$(runs)" 4 'done once it can be removed'
is "$(as git git -C $bare show refs/sluice/runs/main:run.json | jq -r .user)" \
	git 'and who asked is known still'
is "$(asked)" '' 'removed'
