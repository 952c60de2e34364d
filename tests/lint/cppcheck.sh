#!/usr/bin/env bash
# cppcheck.sh: cppcheck over the layers.
set -u
cd "$(dirname "$0")/../.." || exit 2
: "${B:=build/release}"
cppcheck --quiet --std=c11 -j "$(nproc)" \
	--enable=warning,performance,portability,style --inline-suppr \
	--suppress=missingIncludeSystem --suppress=unusedStructMember \
	--suppress=unreadVariable --suppress=knownConditionTrueFalse \
	--suppress=constParameterCallback --suppress=constParameter \
	--suppress=variableScope --suppress=normalCheckLevelMaxBranches \
	--library=tests/lint/jansson.cfg \
	--error-exitcode=1 -I. -I"$B/include" cache runner reports hooks
