#!/usr/bin/env bash
# Statuses on GitLab: what forge_statuses.sh says.
FORGE=gitlab
# shellcheck source=tests/e2e/forge_statuses.sh
. "$(dirname "$0")/forge_statuses.sh"
