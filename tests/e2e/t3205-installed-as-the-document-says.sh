#!/usr/bin/env bash
# docs/INSTALL.md, followed to the letter on a server of its own: programs,
# account, repository, a push, a run in the sandbox as `git`; a hook for all
# repositories; uninstalling leaves all as it was.
. "$(dirname "$0")/server.sh"

does build
is "$(find /usr/local -type f -path '*sluice*' ! -name libduckdb.so | sort)" "$(printf '/usr/local/%s\n' \
	bin/sluice lib/systemd/system/sluice-{gc,runner,snapshot}@.service \
	lib/systemd/system/sluice-{gc,snapshot}@.timer \
	libexec/sluice/sluice-{hook,post,worker} libexec/sluice/sluice-vary.so share/bash-completion/completions/sluice \
	share/man/man1/sluice.1 share/man/man7/sluice-pipeline.7 \
	share/zsh/site-functions/_sluice | sort)" 'what is installed'
does account
does sandbox

# another account is refused in words, and changes nothing
as git git init -q --bare /srv/git/pipeline.git
bare=/srv/git/pipeline.git
before=$(as git git config -f $bare/config --list && find $bare/hooks)
sluice install $bare >"$work/out" 2>&1 && fail 'root installed'
has "$(cat "$work/out")" 'belongs to another user' 'the words'
is "$(as git git config -f $bare/config --list && find $bare/hooks)" "$before" 'as before'
rm -r $bare

does plain
has "$(cat "$work/plain.out")" "installed $bare/hooks/post-receive" 'installed'
# tables are nobody else's business
is "$(stat -c '%a %U' $bare/sluice)" '700 git' 'who may enter'
runuser -u nobody -- ls $bare/sluice >/dev/null 2>&1 && fail 'others can enter'

# a push as an account of the server would; python runs in the sandbox
push_as_git() { # BRANCH
	as git git -C /srv/git/desk push origin "HEAD:$1" >"$work/pushed" 2>&1 ||
		fail "push: $(cat "$work/pushed")"
}
as git git clone -q $bare desk 2>/dev/null
cd /srv/git/desk
example
write ClinicB/Who.py <<'E'
# @include action/python
# @depend ../ClinicA/Count
import os
open("out.csv", "w").write("n\n%d\n" % os.path.exists("/srv/git"))
E
chown -R git: /srv/git/desk
as git bash -ec 'cd desk; git add -A; git -c user.name=g -c user.email=g@x.org commit -qm one'
push_as_git main
has "$(cat "$work/pushed")" 'sluice: queued' 'what the pusher sees'
as git sluice runner --once $bare >"$work/log" 2>&1 || fail "runner: $(cat "$work/log")"
has "$(as git git -C $bare log -1 --notes=sluice main)" '5 nodes' 'the note'
is "$(as git git -C $bare show refs/sluice/runs/main:run.json | jq -r .user)" git 'who pushed'
is "$(as git sh -c "cd $bare && sluice get /ClinicB/Who" | tail -n 1)" 0 \
	'what a node sees of the server'

does uninstall
[ ! -e $bare/hooks/post-receive ] || fail 'the hook is left'
is "$(as git git config -f $bare/config --get-regexp 'sluice|fsync|fsck|hide' || true)" '' \
	'settings that are left'
has "$(as git git -C $bare log -1 --notes=sluice main)" '5 nodes' 'the note stays'

# one hook for all: a push to the installed one, and to another
does hooks
as git sluice install $bare >/dev/null
as git git init -q --bare /srv/git/other.git
push_as_git again
has "$(cat "$work/pushed")" 'sluice: queued' 'through core.hooksPath'
as git git -C desk push ../other.git HEAD:main >"$work/pushed" 2>&1
lacks "$(cat "$work/pushed")" sluice: 'another repository'

# and back
make -s -C "$root" uninstall FLAVOUR="$flavour"
is "$(find /usr/local -type f -path '*sluice*')" '' 'make uninstall'
