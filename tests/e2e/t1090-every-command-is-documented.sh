#!/usr/bin/env bash
# Every command stands in the man page and in docs/cli.md, and every option of
# its usage in its entry of the man page and in what its --help explains.
. "$(dirname "$0")/lib.sh"

man=$tests/../docs/man/sluice.1
mapfile -t commands < <(sluice --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ "${#commands[@]}" -ge 22 ] || fail "only ${#commands[@]} commands"
for c in "${commands[@]}"; do
	grep -qE "Cm $c( |$)" "$man" || fail "sluice(1) has no $c"
	grep -q "sluice $c\|\`$c\`" "$tests/../docs/cli.md" || fail "docs/cli.md has no $c"
	usage=$(sluice "$c" --help | sed '/^$/q')
	entry=$(grep -E "^\.It .*Cm $c( |$)" "$man")
	for option in $(grep -oE -- '--[a-z-]+' <<<"$usage" | sort -u); do
		has "$entry" "Fl ${option#-}" "sluice(1), $c"
		sluice "$c" --help | grep -qE -- "^  $option( [^ ]+)?  " ||
			fail "sluice $c --help does not explain $option"
	done
done
