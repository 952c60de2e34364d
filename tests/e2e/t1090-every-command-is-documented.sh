#!/usr/bin/env bash
# Every command stands in the man page and in docs/cli.md, and every option of
# its usage in its entry of the man page and in what its --help explains; so do
# the environment and the exit statuses.
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

# and so do every variable of the environment that is read, and every status
for name in $(grep -rhoE 'getenv\("[A-Z_]+"' "$tests/../runner/cmd" | grep -oE '[A-Z_]+' | sort -u); do
	grep -qE "^\.It Ev (.* )?$name( |$)" "$man" || [ "$name" = GIT_DIR ] ||
		fail "sluice(1) has no $name"
done
for status in $(sed -nE 's/^\tEXIT_[A-Z]+ = ([0-9]+),.*/\1/p' "$tests/../runner/cmd/cmd.h"); do
	grep -q "^\.It $status$" "$man" || fail "sluice(1) has no exit status $status"
done
