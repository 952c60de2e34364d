#!/usr/bin/env bash
# Smart HTTP by lighttpd and git-http-backend: who pushed is REMOTE_USER. The
# hook has the password in its environment; nothing that it starts has, and no
# file does.
. "$(dirname "$0")/server.sh"
command -v lighttpd >/dev/null || skip 'there is no lighttpd here'

does account
as git git init -q --bare -b main /srv/git/pipeline.git
bare=/srv/git/pipeline.git
as git sluice install --start $bare >/dev/null
# a witness: what a hook is given
mkdir -m 777 "$work/witness"
printf '#!/bin/sh\nenv >%s/witness/env\n' "$work" >$bare/hooks/pre-receive
chmod +x $bare/hooks/pre-receive

mount -t tmpfs -o mode=1777 none /var/tmp # lighttpd's uploads
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
said lighttpd | sed "s/8080/$port/" >/etc/lighttpd/git.conf
printf 'server.errorlog = "/var/log/error"\nserver.modules += ( "mod_accesslog" )\n%s\n' \
	'accesslog.filename = "/var/log/access"' >>/etc/lighttpd/git.conf
chmod 777 /var/log
does http
password=pa55-W0rd-of-alice
printf 'alice:%s\n' "$(openssl passwd -apr1 $password)" >/etc/lighttpd/git.users
lighttpd -D -f /etc/lighttpd/git.conf >"$work/lighttpd.out" 2>&1 &
started+=("$!")
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
wait_for 20 listens

unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
url=http://alice:$password@127.0.0.1:$port/git/pipeline.git
git init -q -b main "$work/desk"
cd "$work/desk"
example
# a node that is at work while we look; it is stopped afterwards
write ClinicB/Slow.sh <<'E'
# @include action/bash
sleep 600
E
main=$(commit 'one that takes its time')
git push -q "${url/$password/wrong}" HEAD:main >"$work/out" 2>&1 && fail 'a wrong password'
[ ! -e "$work/witness/env" ] || fail 'the hook ran for a wrong password'
git push "$url" HEAD:main >"$work/pushed" 2>&1 || fail "$(cat "$work/pushed")"
has "$(cat "$work/pushed")" 'remote: sluice: queued; a runner was started' 'what alice sees'

# the runner is at work, and so is the node
at_work() { pgrep -u git -x sleep >/dev/null; }
wait_for 60 at_work
basic=$(printf 'alice:%s' $password | base64)
grep -q "HTTP_AUTHORIZATION=Basic $basic" "$work/witness/env" || fail 'the witness saw no password'
n=0
for dir in /proc/[0-9]*; do
	name=$(cat "$dir/comm" 2>/dev/null) || continue
	case $name in sluice* | bwrap | bash | sleep | prlimit) ;; *) continue ;; esac
	[ "$(stat -c %U "$dir" 2>/dev/null)" = git ] || continue
	tr '\0' '\n' <"$dir/environ" >"$work/environ" 2>/dev/null || continue
	grep -q "$basic\|$password\|AUTHORIZATION\|REMOTE_USER" "$work/environ" &&
		fail "the environment of $name: $(cat "$work/environ")"
	grep -q "$password\|$basic" "$dir/cmdline" && fail "the words of $name"
	n=$((n + 1))
done
[ "$n" -ge 3 ] || fail "only $n processes were looked at: a runner, a worker, a node"

as git sh -c "cd $bare && sluice cancel" >/dev/null
stopped() { ! at_work; }
wait_for 60 stopped
echo '# @include action/bash
echo n >out.csv' >ClinicB/Slow.sh
main=$(commit 'one that is quick')
git push "$url" HEAD:main >"$work/pushed" 2>&1 || fail "$(cat "$work/pushed")"
noted() { as git git -C $bare notes --ref=sluice show "$main" >"$work/note" 2>/dev/null; }
wait_for 60 noted
has "$(cat "$work/note")" '5 nodes' 'the note'

wait_for 20 grep -q alice /var/log/access
# no file of the server has it: repository, store, databases, logs
grep -rlaF -e $password -e "$basic" /srv /var/log /run "$work/lighttpd.out" \
	>"$work/found" && fail "the password is in $(cat "$work/found")"
as git git -C $bare cat-file --batch-all-objects --batch >"$work/objects"
grep -qaF -e $password -e "$basic" "$work/objects" &&
	fail 'the password is in an object'
is "$(as git git -C $bare show refs/sluice/runs/main:run.json | jq -r .user)" alice 'who pushed'
