#!/usr/bin/env bash
# run.sh: every lint; all are run, then the verdict. B is the build directory
# with the generated headers, CPPFLAGS the compiler's; TIDY may name the C
# files for clang-tidy (default: all).
set -u
cd "$(dirname "$0")/../.." || exit 2
: "${B:=build/release}" "${CPPFLAGS:=-I. -I$B/include}"
export CPPFLAGS
failed=0
check() {
	local name=$1 start=$SECONDS out
	shift
	if out=$("$@" 2>&1); then
		echo "ok      $name ($((SECONDS - start)) s)"
	else
		echo "FAILED  $name"
		printf '%s\n' "$out" | head -n "${LINT_LINES:-60}" | sed 's/^/    /'
		failed=$((failed + 1))
	fi
}

shell_files() {
	printf '%s\0' "${sh_files[@]}" | xargs -0 -n 16 -P "$(nproc)" \
		shellcheck -x -P SCRIPTDIR -S warning
}

mapfile -t c_files < <(git ls-files --cached --others --exclude-standard '*.c' '*.h')
mapfile -t sh_files < <(git ls-files --cached --others --exclude-standard '*.sh' '*.bash' .ci/run ':!examples/oncology/' ':!tests/cases/lang/')

check "layers: who includes whom" tests/lint/layers.sh
check "sizes: files, functions, headers, globals, comments" tests/lint/sizes.sh
check "words: no exit or print below runner/cmd, no raw allocation" tests/lint/words.sh
check "format: clang-format" clang-format --dry-run -Werror "${c_files[@]}"
check "shellcheck" shell_files
check "docs/INSTALL.md: settings and steps" tests/lint/install_doc.sh
check "man pages: mandoc" mandoc -T lint -W warning docs/man/*
check "cppcheck" tests/lint/cppcheck.sh
check "clang-tidy" tests/lint/tidy.sh
[ "$failed" = 0 ] && echo "lint: all passed" || echo "lint: $failed failed"
exit "$failed"
