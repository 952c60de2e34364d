#!/usr/bin/env bash
# `sluice plan` says the same with the plan index and without: for commits in
# any order, structure changed and not, against the work tree, with a file that
# is damaged, foreign or may not be written; and with it, it reads no file that
# did not change.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
state=$work/p/.git/sluice/runner
index=$state/plan-index
git config gc.auto 0

write pipe/lib/library <<'E'
@abstract
@param site
E
write pipe/lib/Patient.sql <<'E'
-- @include action/sql/sqlite
-- @doc Who is there.
-- @depend ./raw
SELECT id, {{site}} AS site
FROM raw
E
write pipe/lib/Count.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Patient
-- @test not_null(n)
SELECT count(*) AS n FROM Patient
E
for c in A B; do
	echo "@include /lib site=$c" | write pipe/$c/mount
	printf 'id\n1\n%s\n' "$c" | sed 's/A/2/; s/B/3/' | write pipe/$c/raw.csv
done
write pipe/All.sql <<'E'
-- @include action/sql/sqlite
-- @depend /*/Count as c
SELECT sum(n) AS n FROM c
E
echo 'words' | write README.md
git config sluice.root pipe
commits=("$(commit 'base')")
next() { commits+=("$(commit "$1")"); }

sed -i 's/^FROM raw/FROM raw WHERE id > 0/' pipe/lib/Patient.sql
next 'code of a library'
sed -i 's/Who is there/Who was there/; s/^FROM/\n&/' pipe/lib/Patient.sql
next 'words and a line'
echo 4 >>pipe/B/raw.csv
echo 'more words' >>README.md
next 'a table, and what is nobody'"'"'s'
sed -i 's/sum(n)/max(n)/' pipe/All.sql
git mv pipe/A/mount pipe/A/mounted
next 'code, and a file moved'
sed 's/FROM/AS one FROM/' pipe/lib/Patient.sql | write pipe/B/Patient.sql
next 'a node is overridden'
sed -i 's/WHERE id > 0/WHERE id > {{site}}/' pipe/lib/Patient.sql
next 'a parameter in the code, and more than before'
sed -i 's/ ORDER BY.*//; $s/$/ ORDER BY 1/' pipe/All.sql
next 'what is warned of'
sed -i 's/max(n)/min(n)/' pipe/All.sql
next 'code of what is warned of'
git revert --no-edit HEAD >/dev/null && commits+=("$(git rev-parse HEAD)")

plan() { sluice plan "$@" 2>&1 && sluice plan --json "$@" 2>/dev/null; }
# same ARGS...: with whatever index is there, and with none
same() {
	local by_index
	by_index=$(plan "$@") || fail "plan $*"
	mv "$index" "$work/kept" 2>/dev/null || true
	is "$by_index" "$(plan "$@")" "plan $*"
	mv "$work/kept" "$index" 2>/dev/null || true
}
n=${#commits[@]}
for ((i = 0; i + 1 < n; i++)); do
	same "${commits[i]}..${commits[i + 1]}"
done
for ((i = 0; i < 25; i++)); do
	same "${commits[i * 7 % n]}..${commits[i * 3 % n]}"
done
echo '-- more' >>pipe/All.sql
echo 5 >>pipe/A/raw.csv
same
same "${commits[0]}"
git checkout -q .

# --- it is the index that answers ---

range=${commits[0]}..${commits[1]}
sluice plan "$range" >/dev/null
wanted=$(plan "$range")
# a blob that both commits have: whoever reads all of the text misses it
blob=$(git rev-parse "${commits[0]}:pipe/All.sql")
object=.git/objects/${blob:0:2}/${blob:2}
mv "$object" "$work/object"
is "$(plan "$range")" "$wanted" 'a file that did not change is not read'
mv "$index" "$work/kept"
plan "$range" >/dev/null && fail 'the plain way reads it'
mv "$work/object" "$object"

# --- a file that may be anything ---

size=$(stat -c %s "$work/kept")
for at in 0 20 100 $((size / 2)) $((size - 1)); do
	cp "$work/kept" "$index"
	printf '\xff' | dd of="$index" bs=1 seek="$at" conv=notrunc status=none
	is "$(plan "$range")" "$wanted" "byte $at is another"
	head -c "$at" "$work/kept" >"$index"
	is "$(plan "$range")" "$wanted" "cut to $at bytes"
done
git config sluice.root pipe/lib
lacks "$(plan "$range" || true)" 'A/Patient' 'of another root'
git config sluice.root pipe
rm -f "$index"
if [ "$(id -u)" != 0 ]; then
	chmod a-w "$state"
	is "$(plan "$range")" "$wanted" 'where it may not be written'
	chmod u+w "$state"
fi
# of a commit that is gone
git checkout -q --orphan alone && git commit -q -m alone
sluice plan HEAD..main >/dev/null
git checkout -q main && git branch -q -D alone
git reflog expire --expire=now --all && git prune --expire=now
is "$(plan "$range")" "$wanted" 'the commit of the index is gone'
