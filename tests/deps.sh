#!/bin/sh
# deps.sh: does nothing when all is there; else prints the apt-get line and
# runs it. On a system without apt-get it says what to install.
set -eu
packages="build-essential pkg-config git ca-certificates libgit2-dev
libcurl4-openssl-dev libjansson-dev libssl-dev libsqlite3-dev sqlite3
libcmocka-dev bubblewrap python3 r-base-core mawk curl jq clang clang-format
clang-tidy libclang-rt-14-dev cppcheck shellcheck universal-ctags
ninja-build mandoc"

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
	for tool in cc pkg-config git bwrap python3 Rscript; do
		command -v $tool >/dev/null 2>&1 || {
			echo "deps: this is not Debian; please install what these Debian packages hold:" >&2
			echo "$packages" >&2
			exit 1
		}
	done
	exit 0
fi
missing=
for p in $packages; do
	case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true) in
	"install ok installed") ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "deps: $sudo apt-get update && $sudo apt-get install -y --no-install-recommends$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get -qq -o DPkg::Lock::Timeout=900 update
# shellcheck disable=SC2086
$sudo apt-get -qq -o DPkg::Lock::Timeout=900 install -y --no-install-recommends $missing >/dev/null
