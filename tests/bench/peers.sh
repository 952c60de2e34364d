#!/bin/sh
# peers.sh: installs what we are measured beside, where it is not there yet
# (some 250 MB, of which bazel wants most for its Java). What cannot be had is
# said by bench.py, which leaves its rows out.
packages="make ninja-build tup fuse3 bazel-bootstrap snakemake sqlite3 bubblewrap"
command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1 || {
	echo "bench: this is not Debian; what of these is absent is left out: $packages" >&2
	exit 0
}
missing=
for p in $packages; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' ||
		missing="$missing $p"
done
[ -n "$missing" ] || exit 0
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
echo "bench: $as_root apt-get install$missing"
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=900"
$apt update || echo "bench: apt-get update failed" >&2
# each alone: one that is not to be had takes no other along
# shellcheck disable=SC2086
for p in $missing; do
	$apt install -y --no-install-recommends "$p" >/dev/null ||
		echo "bench: $p could not be installed" >&2
done
exit 0
