#!/usr/bin/env bash
# docs/TUTORIAL.md is done line by line in an empty home: all commands work, and
# the terminal shows what it says. It can be done in a quarter of an hour.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
root=$(cd "$tests/.." && pwd)
doc=$root/docs/TUTORIAL.md

# A reader has git and a name, and no sluice yet; `make` finds it built.
PATH=${PATH#"$BUILD:"}
export GIT_PAGER=cat FLAVOUR
FLAVOUR=$(basename "$BUILD")
unset MAKEFLAGS MAKELEVEL MFLAGS
cd "$root"
# A push waits 35 ms to hear what it touches. Where a busy machine took longer to
# say it, the whole is done once more, in another empty home.
for home in first second third; do
	export HOME=$work/$home
	mkdir "$HOME"
	if out=$(PATH="$HOME/.local/bin:$PATH" python3 "$tests/e2e/tutorial.py" "$doc"); then
		break
	fi
	[[ $home != third && $out == *'queued; the runner has it: sluice status'* ]] ||
		fail "$out"
done
for f in bin/sluice libexec/sluice/sluice-worker share/man/man1/sluice.1 \
	share/bash-completion/completions/sluice share/zsh/site-functions/_sluice; do
	[ -s "$HOME/.local/$f" ] || fail "$f was not installed"
done

# 200 words a minute, 6 seconds a command, half a minute a file
read -r _ words _ commands _ files <<<"$out"
[ "$words" -gt 500 ] && [ "$commands" -gt 20 ] && [ "$files" -gt 4 ] ||
	fail "counted $out"
minutes=$(((words * 60 / 200 + commands * 6 + files * 30 + 59) / 60))
echo "$words words, $commands commands, $files files: $minutes minutes"
[ "$minutes" -le 15 ] || fail "longer than a quarter of an hour"

has "$(cat "$root/README.md")" "(docs/TUTORIAL.md)" "the way to it"
