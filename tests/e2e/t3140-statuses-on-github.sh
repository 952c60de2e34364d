#!/usr/bin/env bash
# Statuses on GitHub: what forge_statuses.sh says; and a word that is no forge.
FORGE=github
# shellcheck source=tests/e2e/forge_statuses.sh
. "$(dirname "$0")/forge_statuses.sh"

git -C "$bare" config sluice.forge.type gitlba
sluice runner --once "$bare" 2>"$work/err" && fail 'an unknown forge'
has "$(cat "$work/err")" "sluice.forge.type is 'gitlba'; did you mean gitlab?" \
	'the nearest'
