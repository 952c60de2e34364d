# shellcheck shell=bash
# disk.sh: a small disk of a script's own. A script begins with
#
#   . "$(dirname "$0")/lib.sh"
#   . "$tests/e2e/disk.sh" MEGABYTES
#
# and is begun anew in a namespace of mounts, with $disk, an empty file system
# that is gone with it. Where that cannot be had, it is skipped.
: "${work:?lib.sh comes first}"
if [ -z "${INSIDE:-}" ]; then
	mkdir "$work/disk"
	own=
	for kind in -m -Urm; do
		[ -n "$own" ] || ! unshare $kind true 2>/dev/null || own=$kind
	done
	[ -n "$own" ] || skip "no mount namespace: not tried"
	INSIDE=$work/disk unshare $own bash "$0"
	exit
fi
disk=$INSIDE
mount -t tmpfs -o "size=$1m" none "$disk" || skip "no tmpfs: not tried"

# fill LEFT: the disk, but for so much; room: what it filled is free again
fill() {
	rm -f "$disk/fill"
	dd if=/dev/zero of="$disk/fill" bs=4k 2>/dev/null || true
	truncate -s "-$1" "$disk/fill"
}
room() { rm -f "$disk/fill"; }
