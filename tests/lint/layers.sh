#!/usr/bin/env bash
# layers.sh: no file includes what layers.txt does not allow its folder.
# A name may be narrowed to files: git2.h:runner/lang/source_git.c
set -u
cd "$(dirname "$0")/../.." || exit 2
git ls-files --cached --others --exclude-standard 'cache/*.[ch]' 'runner/*.[ch]' 'reports/*.[ch]' 'hooks/*.[ch]' |
	xargs grep -n '^#[[:space:]]*include' |
	awk '
	BEGIN {
		while ((getline line < "tests/lint/layers.txt") > 0) {
			if (line ~ /^#/ || line == "")
				continue
			n = split(line, w, /[: ]+/)
			folder = line
			sub(/:.*/, "", folder)
			rest = line
			sub(/^[^:]*: */, "", rest)
			allowed[folder] = rest
		}
		# headers of libraries, which stand only where they are named
		split("openssl/ jansson.h git2.h sqlite3.h curl/ builtin_actions.h version.h", l, " ")
		for (i in l)
			library[l[i]] = 1
	}
	function permitted(folder, file, name,   n, w, i, part, only) {
		n = split(allowed[folder], w, " ")
		for (i = 1; i <= n; i++) {
			part = w[i]
			only = ""
			if (part ~ /:/) {
				only = part
				sub(/^[^:]*:/, "", only)
				sub(/:.*/, "", part)
			}
			if (index(name, part) == 1 && (only == "" || only == file))
				return 1
		}
		return 0
	}
	{
		file = $0
		sub(/:.*/, "", file)
		place = $0
		sub(/:#.*/, "", place)
		name = $0
		if (name !~ /[<"][^>"]*[>"]/)
			next
		sub(/^[^<"]*[<"]/, "", name)
		sub(/[>"].*/, "", name)
		folder = file
		sub(/\/[^\/]*$/, "", folder)
		if (!(folder in allowed)) {
			print place ": folder " folder " stands not in tests/lint/layers.txt"
			bad = 1
			next
		}
		ours = name ~ /^(cache|runner|reports|hooks|tests)\//
		for (l1 in library)
			if (index(name, l1) == 1)
				ours = 1
		if (ours && !permitted(folder, file, name)) {
			print place ": " folder " may not include " name
			bad = 1
		}
	}
	END { exit bad }'
