#!/usr/bin/env bash
# Where the machine does not let sluice make namespaces but does let bubblewrap
# (AppArmor may say so), bubblewrap is asked, and the node does not notice: its
# log has nothing of the attempt. Where neither can, no code runs, and the words
# say what to do. The machine is made so by a filter of system calls: clone3 is
# what sluice uses, clone what bubblewrap does.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
/usr/bin/bwrap --unshare-user --ro-bind / / true 2>/dev/null || skip "bubblewrap does not work here"
mkdir "$work/p" && cd "$work/p" && git init -q
cat >"$work/without.py" <<'E'
"""without.py NUMBER:FLAGS... -- COMMAND: executes it where a system call of that
number whose first argument has one of FLAGS (0: any) is not there."""
import ctypes, os, struct, sys
at = sys.argv.index("--")
code = [(0x20, 0, 0, 0)]                                   # the number
for word in sys.argv[1:at]:
    number, flags = (int(x, 0) for x in word.split(":"))
    code += [(0x15, 0, 4, number), (0x20, 0, 0, 16),       # it; the argument
             (0x45, 0, 1, flags) if flags else (0x15, 0, 0, 0),
             (0x06, 0, 0, 0x00050000 | 38), (0x20, 0, 0, 0)]
code.append((0x06, 0, 0, 0x7fff0000))
raw = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *c) for c in code))
program = struct.pack("HxxxxxxQ", len(code), ctypes.addressof(raw))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, program, 0, 0) == 0, ctypes.get_errno()
os.execvp(sys.argv[at + 1], sys.argv[at + 1:])
E
write First.sh <<'E'
# @include action/bash
echo well >&2
{ echo first; tr '\0' ' ' </proc/1/cmdline | cut -d ' ' -f 1 | sed 's,.*/,,'; } >out.csv
E
sluice run >/dev/null 2>&1 || fail "it does not run at all"
is "$(sluice get First)" "first
sluice-worker" "who builds it where sluice can"
rm -rf .git/sluice
python3 "$work/without.py" 435:0 -- sluice run >"$work/out" 2>&1 || fail "$(cat "$work/out")"
is "$(sluice get First)" "first
bwrap" "who builds it where sluice cannot"
is "$(sluice show --log First 2>/dev/null)" "well" "the node's log"

# neither: user namespaces (CLONE_NEWUSER) by no call; clone is 56 or 220,
# unshare 272 or 97
case $(uname -m) in
x86_64) clone=56 unshare=272 ;;
*) clone=220 unshare=97 ;;
esac
rm -rf .git/sluice
rc=0
python3 "$work/without.py" 435:0 "$clone:0x10000000" "$unshare:0x10000000" -- \
	sluice run >"$work/out" 2>&1 || rc=$?
[ "$rc" != 0 ] || fail "it ran without namespaces: $(sluice get First)"
has "$(cat "$work/out")" "the sandbox cannot be built" "the words"
has "$(cat "$work/out")" "sluice.sandbox" "what to do"
