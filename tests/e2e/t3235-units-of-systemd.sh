#!/usr/bin/env bash
# The shipped units, under a real systemd in a container: enabled as
# docs/INSTALL.md says, a push is run in the sandbox in spite of what the units
# harden; stopping puts a run back; the timers' services do their work.
. "$(dirname "$0")/server.sh"
command -v systemd-analyze >/dev/null || skip 'there is no systemd-analyze here'
mkdir -p /srv/git/pipeline.git
verify() { # UNIT...
	systemd-analyze verify --man=no "$@" >"$work/out" 2>&1 || fail "verify $*: $(cat "$work/out")"
	is "$(cat "$work/out")" '' "verify $*"
}
for unit in /usr/local/lib/systemd/system/sluice-*; do verify "$unit"; done
grep -l '@BINDIR@' /usr/local/lib/systemd/system/sluice-* && fail 'a path was left out'

[ "$flavour" != asan ] || skip 'the sanitizers do not bear what the units harden'
command -v systemd-nspawn >/dev/null || skip 'there is no systemd-nspawn here'
# what the container sees of us: what was installed, and a script
mkdir -p "$work/box" "$work/root"
cp -a /usr/local "$work/local"
for block in account plain service timers upgrade; do said "$block" >"$work/box/$block"; done
cp "$tests/e2e/inside_systemd.sh" "$work/box/run"
cat >"$work/etc/systemd/system/box.service" <<E
[Unit]
After=basic.target
[Service]
Type=oneshot
Environment=FLAVOUR=$flavour LSAN_OPTIONS=$LSAN_OPTIONS
ExecStart=/bin/bash /box/run
StandardOutput=file:/box/log
StandardError=inherit
ExecStopPost=/bin/systemctl poweroff --no-block
E
# the machine itself, read only, below a layer that goes with the container; its
# mount is in a namespace of its own: what clears $work is never to see it
cat >"$work/machine" <<'E'
set -eu
mount --bind / "$1/root"
mount -o remount,bind,ro "$1/root"
exec systemd-nspawn --quiet --register=no --keep-unit --private-network \
	--volatile=overlay -D "$1/root" --bind="$1/box:/box" --bind="$1/etc:/etc" \
	--bind="$1/local:/usr/local" --bind-ro="$2:/src" \
	--boot -- --unit=box.service
E
SYSTEMD_NSPAWN_API_VFS_WRITABLE=1 timeout 300 unshare --mount --propagation private \
	bash "$work/machine" "$work" "$root" >"$work/console" 2>&1 </dev/null || true
# the control groups that it leaves, empty, in ours
ours=$(sed -n 's/^0:://p' /proc/self/cgroup)
for base in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
	find "$base$ours/payload" "$base$ours/supervisor" -depth -type d \
		-exec rmdir {} + 2>/dev/null || true
done
[ -e "$work/box/log" ] || skip "no systemd could be started here: $(tail -n 3 "$work/console")"
[ -e "$work/box/done" ] || fail "$(cat "$work/box/log")"

is "$(jq -r '.nodes | map(.state) | unique | join(" ")' "$work/box/manifest.json")" ok 'all nodes'
is "$(tail -n 1 "$work/box/py.csv")" 30,0 'python in the sandbox, under the unit'
has "$(cat "$work/box/listed")" sluice-snapshot@srv-git-pipeline.git.timer 'timers'
has "$(cat "$work/box/listed")" sluice-gc@srv-git-pipeline.git.timer 'timers'
is "$(cat "$work/box/active")" active 'after an upgrade'
is "$(cat "$work/box/failed")" '' 'failed units'
is "$(cat "$work/box/restarts")" NRestarts=0 'restarts'
