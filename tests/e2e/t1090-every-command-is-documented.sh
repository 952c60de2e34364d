#!/usr/bin/env bash
# Every command stands in the man page, the completion and docs/cli.md, and
# every option of its usage in its entry of the man page.
. "$(dirname "$0")/lib.sh"

man=$tests/../docs/man/sluice.1
mapfile -t commands < <(sluice --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ "${#commands[@]}" -ge 22 ] || fail "only ${#commands[@]} commands"
for c in "${commands[@]}"; do
	grep -qE "Cm $c( |$)" "$man" || fail "sluice(1) has no $c"
	grep -qw "$c" "$tests/../docs/completion.bash" || fail "the completion has no $c"
	grep -q "sluice $c\|\`$c\`" "$tests/../docs/cli.md" || fail "docs/cli.md has no $c"
	usage=$(sluice "$c" --help | sed '/^$/q')
	entry=$(grep -E "^\.It .*Cm $c( |$)" "$man")
	for option in $(grep -oE -- '--[a-z-]+' <<<"$usage" | sort -u); do
		has "$entry" "Fl ${option#-}" "sluice(1), $c"
	done
done
