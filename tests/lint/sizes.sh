#!/usr/bin/env bash
# sizes.sh: file <= 800 lines (of tests, too), function <= 80, header <= 150,
# width 80 (tabs of 8), no mutable global outside runner/cmd, every prototype
# commented.
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0
say() {
	printf '%s\n' "$1"
	bad=1
}
mapfile -t files < <(git ls-files --cached --others --exclude-standard 'cache/*.[ch]' 'runner/*.[ch]' 'reports/*.[ch]' 'hooks/*.[ch]')
for f in "${files[@]}"; do
	n=$(wc -l <"$f")
	case $f in
	*.h) most=150 ;;
	*) most=800 ;;
	esac
	# the model of the language and the table of settings are one header each
	case $f in
	runner/lang/pipeline.h | runner/cmd/cmd.h | cache/table.h) most=260 ;;
	esac
	[ "$n" -le "$most" ] || say "$f: $n lines, at most $most"
done
while read -r f; do
	n=$(wc -l <"$f")
	[ "$n" -le 800 ] || say "$f: $n lines, at most 800"
done < <(git ls-files --cached --others --exclude-standard 'tests/*.[ch]' 'tests/*.sh' 'tests/*.py')
# functions and globals, from ctags
out=$(ctags -x --_xformat='%{kind} %{input} %{line} %{end} %{name}' --kinds-C=fv --fields=+e "${files[@]}" 2>/dev/null |
	awk '$1 == "function" && $4 - $3 + 1 > 80 {print $2 ":" $3 ": function " $5 " has " $4 - $3 + 1 " lines, at most 80"}')
[ -z "$out" ] || say "$out"
out=$(ctags -x --_xformat='%{input}:%{line}:%{typeref} %{name}:%C' --kinds-C=v "${files[@]}" 2>/dev/null |
	grep -v '^runner/cmd/' | grep -v '^cache/base/json.c:.* memory:' |
	grep -vE 'const|_Atomic const' | sed 's/^/mutable global: /')
[ -z "$out" ] || say "$out"
# a prototype of a header follows a comment, a prototype, or a blank line of
# a group whose first has one
out=$(for h in "${files[@]}"; do
	case $h in *.h) ;; *) continue ;; esac
	awk -v file="$h" '
	/^\/\*/ { commented = 1 }
	/^[a-z].*\(/ && !/^typedef|^static|^extern/ {
		if (!commented)
			print file ":" NR ": a prototype without a comment"
		next
	}
	/^$/ { commented = 0 }
	' "$h"
done)
[ -z "$out" ] || say "$out"
exit $bad
