#!/usr/bin/env bash
# A source's bytes are verified while a table is made of them, of large files by
# another thread: where they are damaged in the store, neither a table made of
# them counts nor what is wrong with one; they are taken anew.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p "$work/landing" "$work/desk"
cd "$work/desk"
git init -q -b main .
git config sluice.landing "$work/landing"
store=$work/desk/.git/sluice

lab() { # KEY: what the node says
	printf '@include action/source/file\n@path lab.csv\n@key %s\n' "$1" >Lab
}

# The first digit of a name becomes BYTE in the store's copy.
damage() { # BYTE
	local id file at
	at=$(grep -abo n0 "$work/landing/lab.csv" | sed -n '300s/:.*//p')
	id=$(sha256sum <"$work/landing/lab.csv" | cut -d' ' -f1)
	file=$store/blobs/${id:0:2}/${id:2}
	cp "$file" "$work/copy"
	printf '%s' "$1" | dd of="$work/copy" conv=notrunc bs=1 seek="$((at + 1))" \
		count=1 status=none
	mv -f "$work/copy" "$file"
}

lab id
git add -A
git commit -q -m lab
for rows in 1000 200000; do
	{
		echo id,name
		seq "$rows" | awk '{ printf "%d,n%09d\n", $1, $1 }'
	} >"$work/landing/lab.csv"
	touch -d '2023-11-14' "$work/landing/lab.csv"
	lab id
	sluice run >/dev/null 2>&1 || fail "the first run of $rows rows"
	was=$(sluice get Lab | sha256sum)
	# a quote that is never closed; another digit
	for byte in '"' 7; do
		damage "$byte"
		[ "$byte" = 7 ] && lab 'id, name' || lab name
		rc=0
		out=$(sluice run 2>&1) || rc=$?
		is "$rc" 4 "$rows rows: the exit status with $byte"
		has "$out" "are damaged and were laid aside" "$rows rows: $byte"
		lacks "$out" "quote" "$rows rows: what is made of $byte"
		out=$(sluice run 2>&1) || fail "$rows rows: the next run: $out"
		is "$(sluice get Lab | sha256sum)" "$was" "$rows rows: the table"
	done
	rm -rf "$store"
done
