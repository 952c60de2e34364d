#!/usr/bin/env bash
# What code leaves as its output is a plain file of its own or it is nothing:
# links, devices, FIFOs, directories, what is still being written, what is not
# there. In both kinds of sandbox each is refused with words, the file that a
# link leads to is not read, and the node beside them is well.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
unshare -U true 2>/dev/null || skip "user namespaces are not available here"

cd "$work"
printf 'name\ncanary\n' >secret.csv
git init -q pipeline
cd pipeline
write T.csv <<'E'
id
7
E
# node NAME WANTED <<CODE: WANTED is part of the failure's words, or a table
node() {
	printf '%s\t%s\n' "$1" "$2" >>"$work/table"
	{
		printf '# @include action/bash\n# @depend ./T\n# @timeout 1m\n'
		cat
	} | write "$1.sh"
}
node Symlink 'out.csv' <<<"ln -s $work/secret.csv out.csv"
node SymlinkToInput 'out.csv' <<<'ln -s in/T.csv out.csv'
node SymlinkToProc 'out.csv' <<<'ln -s /proc/self/root/etc/passwd out.csv'
node SymlinkedAbove 'out.csv' <<<'mkdir d; cp in/T.csv d/out.csv; ln -s d/out.csv out.csv'
node HardLink 'out.csv' <<<'cp in/T.csv x; ln x out.csv'
node HardLinkToCode 'out.csv' <<<'ln HardLinkToCode.sh out.csv 2>/dev/null || { cp in/T.csv y; ln y out.csv; }'
node Fifo 'out.csv' <<<'mkfifo out.csv'
node FifoWithWriter 'out.csv' <<<'mkfifo out.csv; (cat in/T.csv >out.csv) & sleep 0.1'
node Device 'out.csv' <<<'ln -s /dev/zero out.csv'
node MadeDevice 'out.csv' <<<'mknod out.csv c 1 5 2>/dev/null; exit 0'
node Directory 'out.csv' <<<'mkdir out.csv'
node Socket 'out.csv' <<'E'
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("out.csv")'
E
node SchemaShut 'out.schema.json' <<<'cp in/T.csv out.csv; echo "[[[" >out.schema.json; chmod 000 out.schema.json'
node Missing 'left no out.csv' <<<':'
node Empty 'out.csv' <<<': >out.csv'
node Removed 'left no out.csv' <<<'cp in/T.csv out.csv; rm out.csv'
node OtherName 'left no out.csv' <<<'cp in/T.csv Out.csv'
node SchemaIsLink 'out.schema.json' <<<"cp in/T.csv out.csv; ln -s $work/secret.csv out.schema.json"
node SchemaIsLong 'out.schema.json' <<<'cp in/T.csv out.csv; truncate -s 5M out.schema.json'
node SchemaIsNothing 'out.schema.json' <<<'cp in/T.csv out.csv; echo "[[[[" >out.schema.json'
node Sparse 'out.csv' <<<'truncate -s 1G out.csv'
node OpenQuote 'out.csv' <<<'printf "id\n\"7\n" >out.csv'
node NotText 'out.csv' <<<'printf "id\n\xff\xfe\n" >out.csv'
node FailsBehind 'exit status 3' <<<'cp in/T.csv out.csv; exit 3'
# these are fine: it is a plain file of its own when the code has ended, and
# nothing changes it behind that
node ShutItself 'id
7' <<<'cp in/T.csv out.csv; chmod 000 out.csv .'
node ShutBelow 'id
7' <<<'cp in/T.csv out.csv; mkdir -p d/e; : >d/e/f; chmod 000 d/e d'
node StillWritten 'id
7' <<'E'
cp in/T.csv out.csv
(sleep 1; while :; do echo 8 >>out.csv; done) >/dev/null 2>&1 &
disown
E
node Well 'id
7' <<<'cp in/T.csv out.csv'

# the attempts are real: made by hand, each lies there as what it is
mkdir -p "$work/hand/in"
cp T.csv "$work/hand/in"
cp HardLinkToCode.sh "$work/hand"
(
	cd "$work/hand"
	real() {
		bash "$work/pipeline/$2.sh" >/dev/null 2>&1 || true
		is "$(stat -c "%F %h" out.csv 2>&1)" "$1" "$2 by hand"
		rm -rf out.csv d x
	}
	real "symbolic link 1" Symlink
	is "$(cat "$work/secret.csv")" "name
canary" "what it leads to"
	real "regular file 2" HardLink
	real "fifo 1" Fifo
	real "directory 2" Directory
	real "socket 1" Socket
	[ "$(id -u)" != 0 ] || real "character special file 1" MadeDevice
)
n=0
for way in namespaces bubblewrap; do
	rm -rf .git/sluice
	git config sluice.sandbox "$way"
	sluice run >"$work/out" 2>&1 && fail "$way: nothing failed"
	lacks "$(cat "$work/out")" canary "$way: what the run says"
	if grep -r canary .git/sluice >"$work/found"; then
		fail "$way: the store has what a link led to: $(cat "$work/found")"
	fi
	for f in *.sh; do
		name=${f%.sh}
		wanted=$(awk -F '\t' -v n="$name" '$1 == n {p = 1; sub(/^[^\t]*\t/, ""); print; next} p && /\t/ {exit} p' "$work/table")
		n=$((n + 1))
		case $wanted in
		id*) is "$(sluice get "$name" 2>&1)" "$wanted" "$way: $name" ;;
		*)
			said=$(grep -F "failed $name:" "$work/out" || true)
			case $said in
			*"$wanted"*) ;;
			*) fail "$way: $name: got '$said', wanted '$wanted'" ;;
			esac
			;;
		esac
		echo "ok $n - $way $name"
	done
	[ -z "$(find .git/sluice/tmp/jobs -mindepth 1)" ] || fail "$way: a job's directory is left"
done
echo "1..$n"
