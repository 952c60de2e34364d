#!/usr/bin/env bash
# tidy.sh: clang-tidy, one file a process (version 14 invents va_list errors
# when one process checks several).
set -u
cd "$(dirname "$0")/../.." || exit 2
: "${B:=build/release}" "${CPPFLAGS:=-I. -I$B/include}"
export CPPFLAGS
files=${TIDY:-$(git ls-files --cached --others --exclude-standard 'cache/*.c' 'runner/*.c' 'reports/*.c' 'hooks/*.c')}
# shellcheck disable=SC2086
printf '%s\n' $files | xargs -P "$(nproc)" -n 1 sh -c '
	out=$(clang-tidy --quiet "$1" -- -std=c11 $CPPFLAGS 2>/dev/null) || {
		printf "%s\n" "$out"
		exit 1
	}
	[ -z "$out" ] || printf "%s\n" "$out"' sh
