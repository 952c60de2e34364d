#!/usr/bin/env bash
# The user's own git fetches and pushes for sluice: where it must ask for a
# password it can, at the terminal that sluice was started at, also while its
# words are read.
. "$(dirname "$0")/lib.sh"

command -v script >/dev/null || skip 'no script(1)'
make_bare
make_clone
example
main=$(commit 'four nodes')
push main
run_once

# ssh in miniature: it runs the command here, once it was told the password at
# the terminal, whatever stdin is
write "$work/ssh" <<'E'
#!/bin/sh
printf 'password: ' >/dev/tty || exit 9
read -r answer </dev/tty || exit 9
[ "$answer" = s3cret ] || exit 9
for command in "$@"; do :; done
eval "$command"
E
chmod +x "$work/ssh"
export GIT_SSH="$work/ssh" GIT_SSH_VARIANT=simple
git remote set-url origin "server:$bare"

at_terminal() { # COMMAND: its words and status; the password is typed thrice
	printf 's3cret\ns3cret\ns3cret\n' |
		script -qec "$1" /dev/null >"$work/seen" 2>&1
}
at_terminal 'sluice log main' || fail "log: $(cat "$work/seen")"
has "$(cat "$work/seen")" 'password: ' 'it was asked for'
has "$(cat "$work/seen")" "${main:0:12}  main" 'runs'
at_terminal 'sluice status' || fail "status: $(cat "$work/seen")"
has "$(cat "$work/seen")" "success  main  ${main:0:12}" 'status'
at_terminal 'sluice cancel main' || fail "cancel: $(cat "$work/seen")"
has "$(cat "$work/seen")" 'origin: queued; no runner is here' 'a request'

# where nobody can be asked it ends, and what was fetched is used
setsid -w sluice log main </dev/null >"$work/out" 2>"$work/err" ||
	fail "log: $(cat "$work/err")"
has "$(cat "$work/out")" "${main:0:12}  main" 'what was fetched'
