#!/usr/bin/env bash
# gitolite3 behind a real sshd: who may ask from a clone is a rule for
# refs/sluice-requests/, and who asked is who gitolite says.
. "$(dirname "$0")/server.sh"
for tool in gitolite /usr/sbin/sshd; do
	command -v "$tool" >/dev/null || skip "there is no $tool here"
done

does account
usermod -p '*' git # without a password, and not locked
mkdir -p /run/sshd
for key in host alice bob; do ssh-keygen -q -t ed25519 -N '' -f "$work/$key"; done
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/sshd_config" <<E
ListenAddress 127.0.0.1
Port $port
HostKey $work/host
PidFile none
UsePAM no
PasswordAuthentication no
AllowUsers git
E
/usr/sbin/sshd -D -f "$work/sshd_config" -E "$work/sshd.log" &
started+=("$!")
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
wait_for 20 listens
user() { # USER COMMAND...: with the user's key
	local key=$work/$1
	shift
	GIT_SSH_COMMAND="ssh -F none -i $key -p $port -o IdentitiesOnly=yes \
		-o IdentityAgent=none -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=$work/known -o LogLevel=ERROR" "$@"
}
url=ssh://git@127.0.0.1

cp "$work/alice.pub" /srv/git/
as git gitolite setup -pk alice.pub >"$work/out" 2>&1 || fail "$(cat "$work/out")"
user alice git clone -q "$url/gitolite-admin" "$work/admin"
cd "$work/admin"
cp "$work/bob.pub" keydir/
cat >conf/gitolite.conf <<'E'
repo gitolite-admin
    RW+ = alice
repo pipeline
    -   refs/sluice-requests/ = bob
    RW+ = alice bob
E
commit 'bob pushes, and asks for nothing' >/dev/null
user alice git push -q 2>"$work/out" || fail "$(cat "$work/out")"
bare=/srv/git/repositories/pipeline.git
as git sluice install $bare >/dev/null
as git git -C $bare config sluice.sandbox none
as git sluice runner $bare 2>"$work/runner.log" &
started+=("$!")
wait_for 20 test -S $bare/sluice/runner/socket

user bob git clone -q "$url/pipeline" "$work/bob.desk" 2>/dev/null
cd "$work/bob.desk"
git checkout -q -B main
write Late.sh <<'E'
# @include action/bash
exit 3
E
main=$(commit 'one that fails')
user bob git push -q origin main 2>"$work/pushed" || fail "$(cat "$work/pushed")"
ended() { as git sqlite3 $bare/sluice/runner/run.db \
	'SELECT group_concat(outcome) FROM request' | grep -qx "$1"; }
wait_for 60 ended failure

rc=0
user bob sluice retry main >"$work/out" 2>&1 || rc=$?
is "$rc" 4 "bob may not: $(cat "$work/out")"
has "$(cat "$work/out")" 'DENIED' "gitolite's words"
has "$(cat "$work/out")" 'origin did not take the request' 'and ours'
has "$(user bob sluice status)" "failure  main  ${main:0:12}" 'he may look'

user alice git clone -q "$url/pipeline" "$work/alice.desk"
cd "$work/alice.desk"
is "$(user alice sluice retry main --reason 'once more')" \
	"origin: 1 node of ${main:0:12} on main is queued again" 'alice may'
wait_for 60 ended failure,failure
is "$(as git git -C $bare show refs/sluice/runs/main:run.json | jq -r '[.user, .reason] | join(": ")')" \
	'alice: once more' 'who asked'
is "$(as git git -C $bare for-each-ref refs/sluice-requests/)" '' 'nothing lingers'
