#!/bin/sh
# deps.sh [browser|npm|valgrind]: does nothing when all is there; else prints the apt-get
# line and runs it. On a system without apt-get it says what to install.
# browser, npm, valgrind: what `make browser`, `make duckdb`, `make valgrind`
# need beside.
set -eu
packages="build-essential pkg-config git ca-certificates libgit2-dev
libcurl4-openssl-dev libjansson-dev libssl-dev libsqlite3-dev sqlite3
libcmocka-dev bubblewrap python3 python3-jsonschema python3-gitlab
python3-github r-base-core mawk curl jq clang clang-format
clang-tidy libclang-rt-14-dev cppcheck shellcheck universal-ctags
llvm ninja-build mandoc graphviz cmark-gfm gitolite3 openssh-client openssh-server
lighttpd procps rsync strace systemd-container zsh
e2fsprogs xfsprogs"
tools="cc pkg-config git bwrap python3 Rscript"
case ${1:-} in
browser)
	packages="chromium fonts-dejavu-core"
	tools="chromium node npm"
	;;
npm)
	packages=
	tools="node npm"
	;;
valgrind)
	packages=valgrind
	tools=valgrind
	;;
esac
case $tools in
*npm) # of whatever make they are
	command -v node >/dev/null 2>&1 || packages="$packages nodejs"
	command -v npm >/dev/null 2>&1 || packages="$packages npm"
	;;
esac

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
	for tool in $tools; do
		command -v "$tool" >/dev/null 2>&1 || {
			echo "deps: this is not Debian; please install what these Debian packages hold:" >&2
			echo "$packages" >&2
			exit 1
		}
	done
	exit 0
fi
# dpkg-query names those it knows; what it does not know, it complains of.
# shellcheck disable=SC2086
installed=$(dpkg-query -W -f '${Package} ${Status}\n' $packages 2>/dev/null || true)
missing=
for p in $packages; do
	case "
$installed
" in
	*"
$p install ok installed
"*) ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0
line="apt-get update && apt-get install -y --no-install-recommends$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null 2>&1 || {
		echo "deps: there is no sudo here; please run as root, then make again:" >&2
		echo "  $line" >&2
		exit 1
	}
	as_root=sudo
	line="sudo apt-get update && sudo${line#*&&}"
fi
echo "deps: $line"
echo "deps: a minute or two, and silent unless something is wrong"
quiet="env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes
apt-get -qq -o DPkg::Lock::Timeout=900"
# The tests start servers of their own. What is installed for them alone is
# started neither now nor at boot: systemctl unmask ssh lighttpd
for p in openssh-server:ssh lighttpd:lighttpd; do
	case $missing in
	*" ${p%:*}"*) [ ! -d /run/systemd/system ] ||
		$as_root systemctl mask --quiet "${p#*:}.service" ;;
	esac
done
# shellcheck disable=SC2086
$as_root $quiet update
# shellcheck disable=SC2086
$as_root $quiet install -y --no-install-recommends $missing >/dev/null
