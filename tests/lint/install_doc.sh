#!/usr/bin/env bash
# install_doc.sh: each sluice.* setting that the code names stands in the table
# of docs/INSTALL.md and in sluice(1), and nothing else does; each setting of
# git's that `sluice install` makes stands in the former; each step of that
# document that has a name is run by a test.
set -u
cd "$(dirname "$0")/../.." || exit 2
code=$(git grep --untracked -ohE '"sluice\.[a-zA-Z]+(\.[a-zA-Z]+)*"' -- \
	'cache/*.[ch]' 'runner/*.[ch]' 'reports/*.[ch]' 'hooks/*.[ch]' | tr -d '"' | sort -u)
table=$(sed -n 's/^| `\(sluice\.[a-zA-Z.]*\)` .*/\1/p' docs/INSTALL.md | sort -u)
man=$(sed -n 's/^\.It \(sluice\.[a-zA-Z.]*\)$/\1/p' docs/man/sluice.1 | sort -u)
[ -n "$code" ] || { echo 'no setting was found in the code'; exit 2; }
bad=0
differ() { # WHERE LIST
	local out
	out=$(diff <(printf '%s\n' "$code") <(printf '%s\n' "$2") | sed -n \
		"s|^< \(.*\)|$1 has no \1, which the code reads|p; s|^> \(.*\)|$1 has \1, which no code reads|p")
	[ -z "$out" ] || {
		printf '%s\n' "$out"
		bad=1
	}
}
differ docs/INSTALL.md "$table"
differ 'sluice(1)' "$man"
for key in $(sed -n 's/^\t{ "\([a-z]*\.[a-z]*\)", ".*/\1/p' hooks/install.c | sort -u); do
	grep -qi "^| \`$key\` |" docs/INSTALL.md || {
		echo "docs/INSTALL.md has no $key, which \`sluice install\` sets"
		bad=1
	}
done
for step in $(sed -n 's/^<!-- [a-z]*: \(.*\) -->$/\1/p' docs/INSTALL.md); do
	git grep --untracked -qE "(does|said|for block in .*) $step( |;|\$)" -- 'tests/e2e/t32*' || {
		echo "docs/INSTALL.md: no test runs the step $step"
		bad=1
	}
done
exit $bad
