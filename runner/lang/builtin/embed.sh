#!/bin/sh
# embed.sh DIR: the files below DIR as a C table of {path, text}.
set -eu
cd "$1"
echo '/* Made from runner/lang/builtin by embed.sh. */'
echo 'static const struct { const char *path, *text; } builtin_actions[] = {'
find action -type f | LC_ALL=C sort | while read -r f; do
	printf '\t{ "%s",\n' "$f"
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/\t    "/' -e 's/$/\\n"/' "$f"
	printf '\t},\n'
done
echo '};'
