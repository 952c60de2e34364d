#!/usr/bin/env bash
# Statuses on Gitea, and so on Forgejo: what forge_statuses.sh says.
FORGE=gitea
# shellcheck source=tests/e2e/forge_statuses.sh
. "$(dirname "$0")/forge_statuses.sh"
