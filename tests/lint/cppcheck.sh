#!/usr/bin/env bash
# cppcheck.sh: cppcheck over the layers.
set -u
cd "$(dirname "$0")/../.." || exit 2
: "${B:=build/release}"
cppcheck --quiet --std=c11 -j "$(nproc)" \
	--enable=warning,performance,portability,style --inline-suppr \
	--suppress=missingIncludeSystem --suppress=unusedStructMember \
	--suppress=constParameterCallback --suppress=constParameter \
	--suppress=variableScope --suppress=normalCheckLevelMaxBranches \
	-D'json_array_foreach(a,i,v)=for((i)=0;((v)=json_array_get((a),(i)));(i)++)' \
	-D'json_object_foreach(o,k,v)=for((k)="";((v)=json_object_get((o),(k)));)' \
	--error-exitcode=1 -I. -I"$B/include" cache runner reports hooks
