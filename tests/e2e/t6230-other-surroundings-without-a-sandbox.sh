#!/usr/bin/env bash
# Where nodes run without a sandbox another execution is in other surroundings,
# too; and where sluice-vary.so is not there nothing is said of a node that
# could not be executed so.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
git config sluice.sandbox none
for name in Same Day Order; do
	case $name in
	Same) code='printf "n,x\n1,1\n" >out.csv' ;;
	Day) code='printf "n,x\n1,%s\n" "$(date +%F)" >out.csv' ;;
	Order) code='mkdir d && touch d/{q,w,e,r,t,y}
{ echo n,x; find d -type f | awk -F/ "{ print NR \",\" \$NF }"; } >out.csv' ;;
	esac
	printf '# @include action/bash\n%s\n' "$code" >"$name.sh"
done
commit all >/dev/null
sluice run 2>"$work/log" || fail "$(cat "$work/log")"
problems() { # the programs' directory
	local out rc=0
	out=$(PATH=$1:$PATH sluice verify --rebuild --json) || rc=$?
	is "$rc" 1 "the status"
	jq -r '.problems[] | "\(.node) \(.problem) \(.columns // [] | join(","))"' <<<"$out"
}

# without the library: programs of a directory of their own
mkdir "$work/bin"
cp "$BUILD/sluice" "$BUILD/sluice-worker" "$work/bin/"
is "$(problems "$work/bin")" 'Day fails 
Order fails 
Same fails ' "without sluice-vary.so"
unstable() { sluice manifest | jq -c '[.nodes | to_entries[] | select(.value.unstable) | .key]'; }
sluice run 2>/dev/null
is "$(unstable)" '[]' "which says nothing of the nodes"

is "$(problems "$BUILD")" 'Day differs x
Order differs n,x' "with it"
sluice run 2>/dev/null
is "$(unstable)" '["Day","Order"]' "what is unstable"
