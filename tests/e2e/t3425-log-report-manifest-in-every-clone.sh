#!/usr/bin/env bash
# log, report, manifest in a clone, whatever it is called and however it was
# made: by branch, commit (cut short too), the run's own commit, production, a
# range; branches that are not here, or not there any more; a shallow clone, a
# partial one, one of a single branch, a linked work tree, a detached HEAD,
# another remote; a server that is away, has no sluice, or hides its runs.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
in_bare() { (cd "$bare" && sluice "$@"); }
exits() { # STATUS ARGUMENT...
	local want=$1 rc=0
	shift
	sluice "$@" >"$work/out" 2>"$work/err" || rc=$?
	is "$rc" "$want" "sluice $* in $PWD: $(cat "$work/out" "$work/err")"
}
make_clone
example
first=$(commit 'four nodes')
push main
run_once
sed -i 's/3.5/3.3/' ClinicA/Low.sql
main=$(commit 'lower')
push main
git checkout -q -b exp/albumin
sed -i 's/3.3/3.0/' ClinicA/Low.sql
exp=$(commit 'lower still')
push exp/albumin
git checkout -q -b gone main
sed -i 's/3.3/4.5/' ClinicA/Low.sql
gone=$(commit 'higher')
push gone
run_once
git push -q origin :gone 2>/dev/null
run_once
[ -n "$(git -C "$bare" for-each-ref refs/sluice/deleted/gone/)" ] || fail 'not laid aside'
run=$(git -C "$bare" rev-parse refs/sluice/runs/exp/albumin)
manifest_of() { git -C "$bare" show "refs/sluice/runs/$1:manifest.json"; }

# what each clone must be able to do; $1: what it is
able() {
	local rev
	exits 0 log exp/albumin
	has "$(cat "$work/out")" "${exp:0:12}  exp/albumin" "$1: log of a branch"
	is "$(wc -l <"$work/out")" 1 "$1: log of a branch"
	exits 0 log main
	is "$(cut -d' ' -f 1 <"$work/out")" "$(git -C "$bare" rev-list \
		refs/sluice/runs/main | cut -c 1-12)" "$1: log, newest first"
	exits 0 log "${first:0:8}"
	has "$(cat "$work/out")" "${first:0:12}  main" "$1: log of a commit"
	is "$(wc -l <"$work/out")" 1 "$1: log of a commit"
	exits 0 log production
	has "$(cat "$work/out")" "${main:0:12}  main" "$1: log of production"
	exits 0 log gone
	has "$(cat "$work/out")" "${gone:0:12}  gone" "$1: log of a branch that is gone"
	for rev in exp/albumin "$exp" "${exp:0:8}" "$run" "${run:0:9}"; do
		exits 0 report "$rev"
		has "$(cat "$work/out")" "commit \`${exp:0:12}\`" "$1: report $rev"
		has "$(cat "$work/out")" 'ClinicB/Total' "$1: report $rev"
		exits 0 manifest "$rev"
		cmp -s "$work/out" <(manifest_of exp/albumin) || fail "$1: manifest $rev"
	done
	exits 0 report gone
	has "$(cat "$work/out")" "commit \`${gone:0:12}\`" "$1: report of what is gone"
	exits 0 manifest "${gone:0:10}"
	exits 0 manifest production
	is "$(jq -c .nodes "$work/out")" "$(manifest_of main | jq -c .nodes)" \
		"$1: manifest production"
	exits 0 report "$main..$exp" --json
	is "$(jq -r '.tables[].node' "$work/out" | sort | tr '\n' ' ')" \
		'ClinicA/Count ClinicA/Low ClinicB/Total ' "$1: a range"
	exits 0 report production --format text
	exits 2 report nothing-such
	has "$(cat "$work/err")" "there is no branch, tag or commit 'nothing-such' here" "$1: unknown"
	exits 2 manifest 'main..exp/albumin'
	exits 4 log nothing-such
	has "$(cat "$work/err")" 'no run of nothing-such' "$1: log of nothing"
}
clone() { # NAME ARGUMENT...
	local name=$1
	shift
	git clone -q "$@" "file://$bare" "$work/$name"
	cd "$work/$name"
}

clone whole
able 'a clone'
exits 0 log
has "$(cat "$work/out")" "${main:0:12}  main" 'the branch that is checked out'
exits 0 log --json
is "$(jq -r '.[0].commit' "$work/out")" "$main" 'log as JSON'
git checkout -q --detach "$first"
able 'a detached HEAD'
exits 0 log
has "$(cat "$work/out")" "${first:0:12}  main" "a detached HEAD: its commit's runs"
git checkout -q main
git worktree add -q "$work/linked" -b mine 2>/dev/null
cd "$work/linked"
able 'a linked work tree'
exits 0 log
has "$(cat "$work/out")" "${main:0:12}  main" 'a branch without runs: its commit'
mkdir -p deep/er
cd deep/er
able 'below'

clone single --single-branch --branch main
git cat-file -e "$exp" 2>/dev/null && fail 'it has the other branch'
able 'one of a single branch'
git cat-file -e "$exp" 2>/dev/null && fail 'the other branch was fetched'
clone other --single-branch --branch exp/albumin
able 'one of another branch'
clone shallow --depth 1
git cat-file -e "$first" 2>/dev/null && fail 'it is not shallow'
able 'a shallow clone'
is "$(git rev-parse --is-shallow-repository)" true 'it stays shallow'
for command in report manifest 'show ClinicA/Low'; do
	# shellcheck disable=SC2086 # its words
	exits 2 $command
	has "$(cat "$work/err")" 'is a shallow clone, which lacks commits that are compared with; git fetch --unshallow' \
		"$command of the files of a shallow clone"
done
git -C "$bare" config uploadpack.allowFilter true
clone partial --filter=blob:none --no-checkout
able 'a partial clone'
clone bare-named --origin upstream
exits 4 log
has "$(cat "$work/err")" 'no run of main' 'a remote by another name'
git config sluice.remote upstream
able 'a remote by another name'
git remote add origin "$work/nowhere.git"
able 'a fork'

# the branch was pushed anew from elsewhere: the server's newest run is named
cd "$work/whole"
git checkout -q exp/albumin
git commit -q --allow-empty -m 'not pushed'
echo '-- x' >>ClinicA/Low.sql
ahead=$(commit 'changed')
exits 4 report exp/albumin
has "$(cat "$work/err")" "no run of ${ahead:0:12} is known here" 'ahead of the server'
has "$(cat "$work/err")" "the newest run of exp/albumin on the server is of ${exp:0:12}" \
	'what the server has'

# away: it is said, and what was fetched is there
mv "$bare" "$work/away.git"
for command in log report manifest; do
	exits 0 "$command" "$exp"
	has "$(cat "$work/err")" 'the runs of origin could not be fetched; what follows is what was fetched before' \
		"away: $command"
done
mv "$work/away.git" "$bare"
exits 0 log main
is "$(cat "$work/err")" '' 'there again'

# a server without sluice, and one that hides its runs
git clone -q --bare "$bare" "$work/plain.git"
git clone -q "$work/plain.git" "$work/plain"
cd "$work/plain"
for command in log report manifest; do
	exits 4 "$command" main
	has "$(cat "$work/err")" 'no run of' "no sluice: $command"
	has "$(cat "$work/err")" \
		'origin shows no run: sluice is not installed there, nothing has run yet, or its runs are hidden' \
		"no sluice: $command"
done
sluice install --hide-runs "$bare" >/dev/null
clone hidden
for command in log report manifest 'show ClinicA/Low --at'; do
	# shellcheck disable=SC2086
	exits 4 $command main
	has "$(cat "$work/err")" 'origin hides its runs (sluice install --hide-runs)' \
		"hidden: $command"
done
# what it says is there to be read is
has "$(git log -1 --notes=sluice main)" '4 nodes' 'the note'
# no runs, no remote: the desk's own words
git init -q "$work/alone"
cd "$work/alone"
example
commit 'alone' >/dev/null
exits 4 report main
has "$(cat "$work/err")" '`sluice run --at' 'a desk alone'
