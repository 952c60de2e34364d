# shellcheck shell=bash
# server.sh: a server of its own, on which what docs/INSTALL.md says is done as
# it stands there. A script begins with
#
#   . "$(dirname "$0")/server.sh"
#
# (which brings lib.sh) and goes on as root in namespaces of mounts and
# processes: /etc is a copy, /srv, /run, /var/log and /usr/local are empty.
# Accounts, files and servers that it makes end with it, even when it is killed.
# Where that cannot be had, it is skipped.
if [ "$$" != 1 ]; then
	[ "$(id -u)" = 0 ] || {
		echo 'not root: no server of its own (accounts, sshd, systemd)'
		exit 77
	}
	unshare --mount --pid --fork true 2>/dev/null || {
		echo 'no namespaces may be made here: no server of its own'
		exit 77
	}
	exec unshare --mount --pid --fork --kill-child --mount-proc "$0" "$@"
fi
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
root=$(cd "$tests/.." && pwd)
flavour=$(basename "$BUILD")

cp -a /etc "$work/etc"
# a machine that has such accounts may keep them
sed -i '/^\(git\|sluice\):/d' "$work"/etc/{passwd,shadow,group,gshadow}
mount --bind "$work/etc" /etc
for dir in /srv /run /var/log /usr/local; do mount -t tmpfs -o mode=755 none $dir; done
chmod 755 "$work"
cp "$tests/lsan.supp" /usr/local/
export LSAN_OPTIONS=suppressions=/usr/local/lsan.supp:print_suppressions=0
# what is tried is what `make install` has put there
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
BUILD=/usr/local/bin

# said NAME: the block of docs/INSTALL.md behind <!-- ACCOUNT: NAME -->
said() {
	awk -v name="$1" '
		/^<!-- [a-z]+: / { found = $3 == name; next }
		found && /^```/ { inside++; next }
		inside == 1 { print }
		inside == 2 { exit }' "$root/docs/INSTALL.md"
}

# as ACCOUNT WORD...: at home, with the environment of a login
as() {
	local account=$1 home
	home=$(getent passwd "$account" | cut -d: -f6)
	shift
	runuser -u "$account" -- env -C "$home" -i HOME="$home" \
		USER="$account" PATH=/usr/local/bin:/usr/bin:/bin LC_ALL=C.UTF-8 \
		LSAN_OPTIONS="$LSAN_OPTIONS" "$@"
}

# does NAME: runs the block as the account that is named there, in its home
does() {
	local account
	account=$(sed -n "s/^<!-- \([a-z]*\): $1 -->\$/\1/p" "$root/docs/INSTALL.md")
	[ -n "$account" ] || fail "docs/INSTALL.md has no block $1"
	said "$1" >"$work/block"
	[ -s "$work/block" ] || fail "docs/INSTALL.md: the block $1 is empty"
	chmod 644 "$work/block"
	if [ "$account" = root ]; then
		(cd "$root" && FLAVOUR=$flavour bash -eu "$work/block")
	else
		as "$account" bash -eu "$work/block"
	fi >"$work/$1.out" 2>&1 ||
		fail "docs/INSTALL.md, $1: $(cat "$work/block" "$work/$1.out")"
}

# end_runner DIR...: ends those that serve these repositories
end_runner() {
	local dir
	for dir in "$@"; do
		kill "$(cat "$dir/sluice/runner/lock")"
		flock -w 60 "$dir/sluice/runner/lock" true || fail "the runner of $dir stays"
	done
}

# what every server begins with: the programs, and the account
env -u MAKEFLAGS -u MFLAGS FLAVOUR="$flavour" \
	make -s -C "$root" install >"$work/make.out" 2>&1 ||
	fail "make install: $(cat "$work/make.out")"
