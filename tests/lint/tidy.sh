#!/usr/bin/env bash
# tidy.sh: clang-tidy, one file a process (version 14 invents va_list errors
# when one process checks several). What was found clean is remembered in
# build/tidy under the digest of all that clang-tidy reads, and not read again.
# DEPTH: how many states the analyzer looks at in a function; clang's own 225000
# takes five times as long as this, and is what `make analyze` looks at.
set -u
cd "$(dirname "$0")/../.." || exit 2
: "${B:=build/release}" "${CPPFLAGS:=-I. -I$B/include}"
clean=build/tidy
mkdir -p "$clean" || exit 2
depth=${DEPTH:-20000}
rules=$(clang-tidy --version && cat .clang-tidy &&
	printf '%s\n' "$CPPFLAGS" "$depth")
export CPPFLAGS clean rules depth
files=${TIDY:-$(git ls-files --cached --others --exclude-standard 'cache/*.c' 'runner/*.c' 'reports/*.c' 'hooks/*.c')}
# shellcheck disable=SC2086
printf '%s\n' $files | xargs -P "$(nproc)" -n 1 bash -c '
	set -o pipefail
	key=$({ printf "%s\n" "$rules" && clang -E -C -std=c11 $CPPFLAGS "$1"; } |
		sha256sum | cut -c 1-64) || key=
	[ -n "$key" ] && [ -e "$clean/$key" ] && exit 0
	out=$(clang-tidy --quiet "$1" -- -std=c11 $CPPFLAGS -Xclang \
		-analyzer-config -Xclang "max-nodes=$depth" 2>/dev/null) || {
		printf "%s\n" "$out"
		exit 1
	}
	[ -z "$out" ] || printf "%s\n" "$out"
	[ -z "$key" ] || : >"$clean/$key"' sh
