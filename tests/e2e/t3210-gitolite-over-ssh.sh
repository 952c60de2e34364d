#!/usr/bin/env bash
# gitolite3 behind a real sshd, two users with keys: the common hook and the
# repository's own; who pushed is who gitolite says; a repository without
# sluice has none of it.
. "$(dirname "$0")/server.sh"
for tool in gitolite /usr/sbin/sshd; do
	command -v "$tool" >/dev/null || skip "there is no $tool here"
done

does account
# without a password, and not locked: else sshd lets nobody in
usermod -p '*' git
mkdir -p /run/sshd
for key in host alice bob; do ssh-keygen -q -t ed25519 -N '' -f "$work/$key"; done
cat >"$work/sshd_config" <<E
ListenAddress 127.0.0.1
Port 0
HostKey $work/host
PidFile none
UsePAM no
PasswordAuthentication no
AllowUsers git
E
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
sed -i "s/^Port 0/Port $port/" "$work/sshd_config"
/usr/sbin/sshd -D -f "$work/sshd_config" -E "$work/sshd.log" &
started+=("$!")
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
wait_for 20 listens

# user USER COMMAND...: with the user's key
user() {
	local key=$work/$1
	shift
	GIT_SSH_COMMAND="ssh -F none -i $key -p $port -o IdentitiesOnly=yes \
		-o IdentityAgent=none -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=$work/known -o LogLevel=ERROR" "$@"
}
url=ssh://git@127.0.0.1

# gitolite as its documentation sets it up; two repositories, two users
cp "$work/alice.pub" /srv/git/
as git gitolite setup -pk alice.pub >"$work/out" 2>&1 || fail "$(cat "$work/out")"
as git sed -i 's|# LOCAL_CODE  *=>  "$ENV{HOME}/local"|LOCAL_CODE => "$ENV{HOME}/local"|' \
	.gitolite.rc
has "$(as git gitolite query-rc LOCAL_CODE)" /srv/git/local 'LOCAL_CODE'
user alice git clone -q "$url/gitolite-admin" "$work/admin"
cd "$work/admin"
cp "$work/bob.pub" keydir/
cat >conf/gitolite.conf <<'E'
repo gitolite-admin
    RW+ = alice
repo pipeline other
    RW+ = alice bob
E
commit 'two repositories' >/dev/null
user alice git push -q 2>"$work/out" || fail "$(cat "$work/out")"

bare=/srv/git/repositories/pipeline.git
does gitolite
has "$(cat "$work/gitolite.out")" \
	"$bare; its hook is $bare/hooks/post-receive, which others share" 'installed'
[ -L $bare/hooks/post-receive ] || fail "gitolite's link was replaced"

git init -q "$work/desk"
cd "$work/desk"
example
write ClinicB/Twice.py <<'E'
# @include action/python
# @depend ../ClinicA/Count
rows = open("in/Count.csv").read().split()
open("out.csv", "w").write("n\n%d\n" % (2 * int(rows[1])))
E
main=$(commit 'five nodes')
user alice git push "$url/pipeline" HEAD:main >"$work/pushed" 2>&1 ||
	fail "$(cat "$work/pushed")"
has "$(cat "$work/pushed")" 'remote: sluice: queued' 'what alice sees'

# resident, as the account: the next push, of bob's, is answered
as git sluice runner $bare 2>"$work/runner.log" &
started+=("$!")
wait_for 20 test -S $bare/sluice/runner/socket
noted() { as git git -C $bare notes --ref=sluice show "$1" >"$work/note" 2>/dev/null; }
wait_for 60 noted "$main"
has "$(cat "$work/note")" '5 nodes' 'the note'
record() { as git git -C $bare show "refs/sluice/runs/$1:run.json"; }
is "$(record main | jq -r .user)" alice 'who pushed main'
is "$(as git sh -c "cd $bare && sluice get /ClinicB/Twice" | tail -n 1)" 4 'in the sandbox'

sed -i 's/3.5/3.0/' ClinicA/Low.sql
exp=$(commit lower)
user bob git push "$url/pipeline" HEAD:exp/albumin >"$work/pushed" 2>&1
has "$(cat "$work/pushed")" 'remote: sluice: ' 'what bob sees'
wait_for 60 noted "$exp"
is "$(record exp/albumin | jq -r .user)" bob 'who pushed the branch'

# in a clone over ssh, the report of the server
user bob git clone -q "$url/pipeline" "$work/clone"
has "$(cd "$work/clone" && user bob sluice report origin/exp/albumin 2>&1)" \
	'ClinicA/Low' 'the report in a clone'

# nobody pushes what the runner writes
user alice git push "$url/pipeline" "$main:refs/sluice/production" >"$work/out" 2>&1 &&
	fail 'alice moved production'

# the other repository has the same hook and none of it
user alice git push "$url/other" HEAD:main >"$work/pushed" 2>&1
lacks "$(cat "$work/pushed")" 'sluice:' 'the other repository'
[ ! -e /srv/git/repositories/other.git/sluice ] || fail 'the other repository'

# taken away: gitolite's link stays, and does nothing
as git sluice install --uninstall repositories/pipeline.git >/dev/null
user alice git push "$url/pipeline" HEAD:again >"$work/pushed" 2>&1
lacks "$(cat "$work/pushed")" 'sluice:' 'after uninstalling'
as git sluice install --hooks local/hooks/common --uninstall >/dev/null

# the other way: hooks of the repository's own
as git sed -i "s|# 'repo-specific-hooks'|'repo-specific-hooks'|" .gitolite.rc
mkdir -p /srv/git/local/hooks/repo-specific
cat >/srv/git/local/hooks/repo-specific/theirs <<'E'
#!/bin/sh
sed 's/^/theirs /'
E
chmod +x /srv/git/local/hooks/repo-specific/theirs
chown -R git: /srv/git/local
cd "$work/admin"
sed -i 's|^repo pipeline other|&\n    option hook.post-receive = theirs post-receive|' \
	conf/gitolite.conf
commit 'hooks of their own' >/dev/null
user alice git push -q 2>"$work/out" || fail "$(cat "$work/out")"
does gitolite-specific
cd "$work/desk"
last=$(commit 'the last one')
user bob git push "$url/pipeline" HEAD:main >"$work/pushed" 2>&1
has "$(cat "$work/pushed")" 'remote: theirs ' 'their hook'
has "$(cat "$work/pushed")" 'remote: sluice: ' 'our hook'
wait_for 60 noted "$last"
is "$(record main | jq -r .user)" bob 'who pushed the last one'
user alice git push "$url/other" HEAD:again >"$work/pushed" 2>&1
has "$(cat "$work/pushed")" 'remote: theirs ' 'their hook, elsewhere'
lacks "$(cat "$work/pushed")" 'sluice:' 'our hook, elsewhere'
