#!/usr/bin/env bash
# What a cron job sees of `sluice snapshot --take`: 0 and the snapshot, or 4 and
# a sentence that says which file, why and what to do. A branch's trouble is
# not production's; what was copied is not read again.
. "$(dirname "$0")/lib.sh"
command -v strace >/dev/null || skip 'strace is not here'

make_bare
make_clone
landing=$work/landing
mkdir -p "$landing/labs"
git -C "$bare" config sluice.landing "$landing"
deliver() { # NAME TEXT: written a minute ago
	mkdir -p "$(dirname "$landing/$1")"
	printf '%s' "$2" >"$landing/$1"
	touch -d '1 minute ago' "$landing/$1"
}
source_node() { # NAME PATTERN
	printf '@include action/source/file\n@path %s\n' "$2" >"$1"
}
# take [OPTION...]: $rc, $said (stderr), $out
take() {
	rc=0
	out=$(cd "$bare" && sluice snapshot --take "$@" 2>"$work/said") || rc=$?
	said=$(cat "$work/said")
}
snapshots() { git -C "$bare" rev-list --count refs/sluice/snapshots; }
refused() { # WORDS: 4, none was made
	is "$rc" 4 "the status, where '$1'"
	is "$out" '' "stdout, where '$1'"
	has "$said" "$1" 'the reason'
	is "$(snapshots)" "$before" "snapshots, where '$1'"
}

# nothing is asked for, no directory is named, it is not there, it is empty
commit 'nothing' >/dev/null
push main
take
is "$rc" 2 'without a @path'
has "$said" 'no node reads files of the landing directory' 'why'
source_node Labs 'labs/*.csv'
commit 'labs' >/dev/null
push main
git -C "$bare" config sluice.landing "$work/nowhere"
take
is "$rc" 4 'a landing directory that is not there'
has "$said" "$work/nowhere is not there: is it mounted?" 'why'
git -C "$bare" config sluice.landing "$landing"
take
is "$rc" 0 'an empty directory'
has "$said" 'no file matches labs/*.csv' 'what is empty'
is "$(cd "$bare" && sluice snapshot --take --json 2>/dev/null |
	jq -c '[.files,.unmatched,.left_out]')" '[0,["labs/*.csv"],[]]' 'as JSON'

deliver labs/a.csv $'id,value\n1,10\n'
take --json
is "$rc" 0 'the first'
first=$(jq -r .snapshot <<<"$out")
before=$(snapshots)

# files on their way
printf 'id,val' >"$landing/labs/b.csv"
take
refused 'no snapshot was taken: labs/b.csv was changed less than 2 s ago; take it again when that is delivered'
touch -d 'now + 3 hours' "$landing/labs/b.csv"
take
refused "labs/b.csv has a time 107"
has "$said" "s ahead of this machine's clock" 'how far'
rm "$landing/labs/b.csv"
mkfifo "$landing/labs/b.csv"
take
refused 'labs/b.csv matches a @path and is no regular file'
rm "$landing/labs/b.csv"
ln -s a.csv "$landing/labs/b.csv"
take
refused 'labs/b.csv matches a @path and is no regular file; a snapshot follows no links'
rm "$landing/labs/b.csv"
touch -d '1 minute ago' "$landing/labs/"$'two\nlines.csv'
take
refused 'labs/two\x0alines.csv has a name that is not UTF-8, or with a control character: rename it'
rm "$landing/labs/"two*

# what is ignored is
deliver labs/.hidden.csv x
deliver labs/b.csv.part x
deliver labs/b.csv.tmp x
take --json
is "$rc" 0 'with files that are not seen'
is "$(jq -r .snapshot <<<"$out")" "$first" 'the same snapshot'
is "$(jq -c .new <<<"$out")" false 'nothing new'

# a branch that asks for what never rests, and for a link: production's
# snapshot is taken all the same, and it is said what is left out
git checkout -q -b exp
source_node Log 'logs/*.log'
source_node Link 'odd/x.csv'
source_node More 'more/*.csv'
commit 'a log, a link, and more' >/dev/null
push exp
deliver labs/b.csv $'id,value\n2,32\n'
deliver more/c.csv $'x\n1\n'
mkdir -p "$landing/logs" "$landing/odd"
echo x >"$landing/logs/run.log"
touch -d 'now + 1 hour' "$landing/logs/run.log"
ln -s /etc/hostname "$landing/odd/x.csv"
take --json
is "$rc" 0 "with another branch's trouble"
is "$(jq -c '[.files, .new, [.left_out[].path]]' <<<"$out")" \
	'[3,true,["odd/x.csv","logs/*.log"]]' 'what is taken, what is not'
take
has "$said" 'left out: logs/*.log of another branch than main (logs/run.log has a time 3' \
	'in words'
is "$(git -C "$bare" show refs/sluice/snapshots:snapshot.json |
	jq -r '.sources | keys | join(" ")')" \
	'labs/a.csv labs/b.csv more/c.csv' 'the files'

# a branch whose text has errors asks for nothing, and is in nobody's way
printf '@include action/source/fil\n@path x/*.csv\n' >Broken
commit 'broken' >/dev/null
push exp
take
is "$rc" 0 'beside a branch with errors'
has "$said" 'the text of exp has errors' 'said'
# production's own: it is taken what was taken before
git checkout -q main
cp "$work/desk/Labs" "$work/labs.good"
printf '@include action/source/fil\n@path x/*.csv\n' >Broken
commit 'broken' >/dev/null
push main
deliver labs/c.csv $'id,value\n3,1\n'
take --json
is "$rc" 0 'while production has errors'
is "$(jq -c '[.files,.queued]' <<<"$out")" '[3,false]' 'what was taken before'
git rm -q Broken
commit 'mended' >/dev/null
push main

# what is there unchanged is not opened, and what was copied in vain is not
# copied again
opened() { # files of the landing directory that a taking opens
	(cd "$bare" && ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=openat2 \
		-o "$work/trace" sluice snapshot --take >/dev/null 2>&1) || true
	grep -v O_DIRECTORY "$work/trace" | grep -c '"labs/' || true
}
is "$(opened)" 0 'nothing changed'
deliver labs/d.csv $'id,value\n4,1\n'
touch -d 'now + 1 hour' "$landing/labs/0-comes.csv"
is "$(opened)" 1 'one is new, one is not ready'
is "$(opened)" 0 'the new one is known'
touch -d '1 minute ago' "$landing/labs/0-comes.csv"
echo id,value >"$landing/labs/0-comes.csv"
touch -d '1 minute ago' "$landing/labs/0-comes.csv"
is "$(opened)" 1 'it is ready'
is "$(opened)" 0 'and known'
find "$bare/sluice/derived/landing" -type f -exec truncate -s 100 {} +
is "$(opened)" 5 'a torn index costs a reading'
is "$(opened)" 0 'once'

# one line for each snapshot, also where one was taken for other patterns again
is "$(cd "$bare" && sluice snapshot --json | jq '[.snapshots[].snapshot] |
	length > 2 and length == (unique | length)')" true 'the list'

# at a desk: a snapshot of this moment for each run, and the same words
git config sluice.landing "$landing"
touch -d 'now + 1 hour' "$landing/labs/e.csv"
rc=0
said=$(sluice run 2>&1) || rc=$?
is "$rc" 4 'a run at a desk'
has "$said" 'nothing was run: labs/e.csv has a time' 'which file'
has "$said" 'try again when that is delivered' 'what to do'
rm "$landing/labs/e.csv"
sluice run >"$work/run" 2>&1 || fail "at a desk: $(cat "$work/run")"
is "$(sluice get Labs | wc -l)" 5 'its rows'
