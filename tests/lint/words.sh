#!/usr/bin/env bash
# words.sh: nothing below runner/cmd exits or prints; memory and files are
# opened in cache/base alone; banned functions nowhere; no plain BEGIN.
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0
find_words() { # TITLE REGEX PATHSPEC...
	local title=$1 regex=$2 out
	shift 2
	out=$(git grep --untracked -nE "$regex" -- "$@" | grep -vE '^[^:]*:[0-9]+:[[:space:]]*(\*|/\*|//)')
	[ -z "$out" ] || {
		printf '%s:\n%s\n' "$title" "$out"
		bad=1
	}
}
below=('cache/*.c' 'cache/*.h' 'runner/*.c' 'runner/*.h' 'reports/*.c' 'reports/*.h' 'hooks/*.c' 'hooks/*.h' ':!runner/cmd/')
find_words "exits below runner/cmd" '\b(exit|_exit|_Exit|abort|quick_exit)\(' "${below[@]}" ':!runner/spawn.c' ':!runner/sandbox.c' ':!runner/box.c'
find_words "prints below runner/cmd" '\b(printf|vprintf|puts|putchar|perror)\(|\b(stdout|stderr)[,;)]' "${below[@]}"
find_words "raw memory outside cache/base" '(^|[^_a-z])(malloc|calloc|realloc|free|strdup|strndup)\(' "${below[@]}" 'runner/cmd/' ':!cache/base/'
# The one seam (cache/base/os.h): what changes anything outside of the process
# is called there alone, so that the tests of death meet each such call.
find_words "past the seam to the operating system" '(^|[^_a-z>.])(open|openat|fopen|freopen|creat|mkstemp|mkostemp|mkdtemp|tmpfile|write|pwrite|writev|fsync|fdatasync|sync|syncfs|rename|renameat|renameat2|link|linkat|symlink|symlinkat|unlink|unlinkat|remove|mkdir|mkdirat|mkfifo|mknod|rmdir|truncate|ftruncate|fallocate|posix_fallocate|copy_file_range|chmod|fchmod|fchmodat|chown|fchown|utimensat|futimens)\(' 'cache/*.c' 'runner/*.c' 'reports/*.c' 'hooks/*.c' ':!cache/base/os.c'
find_words "banned functions" '\b(strcpy|strcat|sprintf|vsprintf|strtok|gets|localtime|gmtime|system|popen|alloca|strncpy|strncat)\(' "${below[@]}" 'runner/cmd/'
find_words "a transaction that is not BEGIN IMMEDIATE" '"BEGIN("|;| TRANSACTION| DEFERRED)' "${below[@]}" 'runner/cmd/' ':!runner/sqlite_*.c' ':!runner/engine_sqlite.c' ':!runner/duckdb_*.c'
find_words "git's reader of revisions (runner/lang/revision.h is ours)" 'git_revparse' "${below[@]}" 'runner/cmd/'
# The gate (reports/outbound.h): what may leave is made by its functions alone.
gate=(':!reports/outbound*' ':!reports/egress.c' ':!reports/comment.c' ':!reports/outbox_sql.c')
find_words "past the gate" 'outbound_impl\.h|outbound_add_literal\(|outbound_by_hand\(' "${below[@]}" 'runner/cmd/' "${gate[@]}" ':!runner/cmd/main_post.c'
find_words "past the gate into a status" '(\.|->)passed' "${below[@]}" 'runner/cmd/' ':!reports/status.c' ':!reports/outbox_sql.c'
find_words "left for later" '\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b' '*.c' '*.h' '*.sh' Makefile
exit $bad
