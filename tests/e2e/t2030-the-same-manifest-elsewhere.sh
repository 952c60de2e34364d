#!/usr/bin/env bash
# The same tree and snapshot: the same manifest, byte for byte, in another
# directory, with other settings of the user, with another number of threads.
. "$(dirname "$0")/lib.sh"

# manifest_of ID: its blob's path
manifest_of() { echo ".git/sluice/blobs/${1:0:2}/${1:2}"; }

cp -r "$tests/../examples/oncology" "$work/a"
cd "$work/a"
git init -q
commit one >/dev/null
first=$(sluice run --at HEAD --jobs 1 --json 2>/dev/null | jq -r .manifest)
cp "$(manifest_of "$first")" "$work/first.json"
cd "$work"
git clone -q a "other place"
cd "other place"
second=$(TZ=Asia/Tokyo LANG=de_DE sluice run --at HEAD --jobs 2 --json 2>/dev/null | jq -r .manifest)
is "$second" "$first" "the manifest's id"
cmp "$(manifest_of "$second")" "$work/first.json" || fail "bytes differ"
is "$(sha256sum <"$work/first.json" | cut -c1-64)" "$first" "its name is its digest"
# an unrelated history with the same tree
cd "$work/a"
git checkout -q --orphan other
commit "another root" >/dev/null
is "$(sluice run --at HEAD --json 2>/dev/null | jq -r .manifest)" "$first" "another commit of the same tree"
