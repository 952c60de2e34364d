#!/usr/bin/env bash
# run.sh [N...]: check, plan, no-op and cost per node beside ninja and GNU make
# on the same graph (default 1000 nodes), check of other shapes of it, and a
# landing directory beside find. Peers that are absent are said to be.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PWD/build:$PATH
here=$PWD/tests/bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v ninja >/dev/null || echo "bench: ninja is absent: skipped"
export GIT_AUTHOR_NAME=b GIT_AUTHOR_EMAIL=b@example.org GIT_COMMITTER_NAME=b GIT_COMMITTER_EMAIL=b@example.org

# make_graph N SHAPE: stands in $dir/sluice, committed
make_graph() {
	dir=$work/$1.$2
	python3 "$here/graph.py" "$1" "$dir" "$2"
	cd "$dir/sluice"
	git init -q -b main . && git add -A && git commit -qm graph
}

for n in "${@:-1000}"; do
	make_graph "$n" plain
	echo
	echo "## $n nodes"
	echo
	echo "| what | ms (median) | ratio to the last row |"
	echo "|---|--:|--:|"
	echo "| **plan: everything resolved, nothing run** | | |"
	ninja=()
	command -v ninja >/dev/null && ninja=("ninja -n=cd $dir/files && ninja -n -d explain >/dev/null 2>&1")
	python3 "$here/time.py" 5 "sluice check=sluice check" \
		"sluice tree --names=sluice tree --names" "${ninja[@]}" "make -n=make -C $dir/files -n"
	echo "| **first run: all nodes** | | |"
	ninja=()
	command -v ninja >/dev/null && ninja=("ninja -j2=cd $dir/files && rm -rf out/* .ninja_* && ninja -j2")
	python3 "$here/time.py" 3 "sluice run --jobs 2=rm -rf .git/sluice && sluice run --jobs 2" \
		"${ninja[@]}" "make -j2=cd $dir/files && rm -f out/* && make -s -j2"
	echo "| **no-op: everything is there** | | |"
	ninja=()
	command -v ninja >/dev/null && ninja=("ninja=cd $dir/files && ninja")
	python3 "$here/time.py" 5 "sluice run=sluice run" "${ninja[@]}" "make=make -s -C $dir/files"
	f=$(git ls-files '*.sql' | sed -n "$((n / 2))p")
	echo "| **one comment in the code of a middle node** | | |"
	ninja=()
	command -v ninja >/dev/null && ninja=("ninja=cd $dir/files && touch src/$((n / 2)) && ninja")
	python3 "$here/time.py" 5 "sluice run=echo -- x >>$f && sluice run" \
		"${ninja[@]}" "make=cd $dir/files && touch src/$((n / 2)) && make -s"
	for shape in described mounted; do
		make_graph "$n" "$shape"
		echo "| **check of a graph that is $shape** | | |"
		ninja=()
		command -v ninja >/dev/null && ninja=("ninja -n=cd $dir/files && ninja -n -d explain >/dev/null 2>&1")
		python3 "$here/time.py" 5 "sluice check=sluice check" "${ninja[@]}" "make -n=make -C $dir/files -n"
	done
	cd "$here/../.."
done
"$here/landing.sh"
