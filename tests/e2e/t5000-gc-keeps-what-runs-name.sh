#!/usr/bin/env bash
# Garbage collection keeps what the runs in git and at the desk name, of every
# repository that uses the store, and refuses where it cannot know.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

git init -q "$work/one"
cd "$work/one"
store=$work/store
git config sluice.store "$store"
sluice store stat >/dev/null

# put TEXT: a blob laid into the store by another hand; prints its name
put() {
	python3 - "$store" "$1" <<'E2'
import hashlib, os, sys
data = sys.argv[2].encode()
name = hashlib.sha256(data).hexdigest()
path = os.path.join(sys.argv[1], "blobs", name[:2], name[2:])
open(path, "wb").write(data)
print(name)
E2
}
there() { [ -e "$store/blobs/${1:0:2}/${1:2}" ]; }
# record REF FILE TEXT: a commit with one file under a ref
record() {
	local blob tree
	blob=$(printf '%s' "$3" | git hash-object -w --stdin)
	tree=$(printf '100644 blob %s\t%s\n' "$blob" "$2" | git mktree)
	git update-ref "$1" "$(git commit-tree -m run "$tree")"
}

part=$(put 'a,1')
table=$(put "{\"parts\":[{\"blob\":\"$part\"}]}")
lost=$(put 'nobody wants this')
deleted=$(put 'of a deleted branch')
served=$(put 'of production')
desk=$(put 'of the desk')
record refs/sluice/runs/exp/a manifest.json "{\"table\":\"$table\"}"
record refs/sluice/deleted/old/1 manifest.json "{\"table\":\"$deleted\"}"
record refs/sluice/production manifest.json "{\"table\":\"$served\"}"
outcome=$(put "{\"nodes\":{\"a\":{\"table\":\"$desk\"}}}")
echo "$outcome" >"$store/desk/worktree"

out=$(sluice store gc --grace 0 --dry-run --json)
is "$(jq .laid_aside.n <<<"$out")" 1 "dry run: laid aside"
there "$lost" || fail "a dry run removed something"
out=$(sluice store gc --grace 0 --json)
is "$(jq .laid_aside.n <<<"$out")" 1 "laid aside"
is "$(jq .kept.n <<<"$out")" 6 "kept"
there "$lost" && fail "what nothing names is still there"
out=$(sluice store gc --grace 0 --json)
is "$(jq .deleted.n <<<"$out")" 1 "deleted"
for b in "$part" "$table" "$deleted" "$served" "$desk" "$outcome"; do
	there "$b" || fail "$b was wanted"
done

# another repository with the same store
git init -q "$work/two"
cd "$work/two"
git config sluice.store "$store"
sluice store stat >/dev/null
other=$(put 'of the other repository')
record refs/sluice/runs/main manifest.json "{\"table\":\"$other\"}"
cd "$work/one"
sluice store gc --grace 0 >/dev/null
there "$other" || fail "another repository's table was taken"
mv "$work/two" "$work/moved"
rc=0
said=$(sluice store gc --grace 0 2>&1) || rc=$?
is "$rc" 4 "a repository that cannot be read"
has "$said" "remove $store/users/" "what to do about it"
there "$other" || fail "taken although nothing is known"
mv "$work/moved" "$work/two"

# a root that is not there: nothing is touched
echo 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef \
	>"$store/desk/broken"
lost=$(put 'nobody wants this')
rc=0
sluice store gc --grace 0 >/dev/null 2>&1 || rc=$?
is "$rc" 4 "a missing root"
there "$lost" || fail "taken although a root is missing"
rm "$store/desk/broken"

# fsck finds one flipped bit, and puts it where nobody reads it
sluice store fsck >/dev/null || fail "fsck of a good store"
printf 'A' | dd of="$store/blobs/${part:0:2}/${part:2}" conv=notrunc \
	bs=1 count=1 status=none
rc=0
out=$(sluice store fsck --json 2>/dev/null) || rc=$?
is "$rc" 4 "fsck of a damaged store"
is "$(jq -r '.damaged[0].kind + " " + .damaged[0].id' <<<"$out")" \
	"blob $part" "what fsck found"
there "$part" && fail "a damaged blob is still served"
is "$(jq -r '.blobs' <<<"$(sluice store fsck --json)")" 7 "blobs left"
