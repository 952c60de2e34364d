#!/usr/bin/env bash
# Files as record systems deliver them, through a real push: windows-1252, bars,
# no quotes or others, no header, several files as one table; and what is no
# such file is named with its line and column, and without its values.
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
landing=$work/landing
mkdir -p "$landing"
git -C "$bare" config sluice.landing "$landing"
# the files, the nodes, and what is to come of them, by Python's own codecs
python3 - "$landing" . "$work/want" <<'P'
import codecs, csv, gzip, io, os, sys
landing, tree, want = sys.argv[1:]
holes = [0x81, 0x8d, 0x8f, 0x90, 0x9d]
tables, errors = {}, {}

def file(name, data):
    path = os.path.join(landing, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    os.utime(path, (1700000000, 1700000000))

def node(name, paths, *lines):
    with open(os.path.join(tree, name), "w") as f:
        f.write("@include action/source/file\n@path %s\n" % paths)
        f.writelines(line + "\n" for line in lines)

def gives(name, header, rows):
    out = io.StringIO()
    w = csv.writer(out, lineterminator="\n")
    w.writerow(header)
    w.writerows(rows)
    tables[name] = out.getvalue()

# every byte of windows-1252 that is one, quoted and not, and in the header
letters = [b for b in range(0x80, 0x100) if b not in holes]
file("win/all.txt", b"Gr\xf6\xdfe;Wert\r\n" + b"".join(
    b"%d;\"%c%c\"\r\n" % (b, b, b) if b % 2 else b"%d;%c%c\r\n" % (b, b, b)
    for b in letters))
node("Win", "win/all.txt", "@format delimiter=; encoding=windows-1252",
     "@ordered")
gives("Win", ["Größe", "Wert"],
      [[b, codecs.decode(bytes([b, b]), "cp1252")] for b in letters])
for b in holes:
    name = "Hole%02x" % b
    file("win/%02x.txt" % b, b"a;b\nSECRET;\xfc\n\xe4\xe4;\xe4%c\n" % b)
    node(name, "win/%02x.txt" % b,
         "@format delimiter=; encoding=windows-1252")
    errors[name] = ("win/%02x.txt:3:5: a byte that windows-1252 does not have"
                    % b)
file("win/utf8.txt", "\ufeffa\nä\n")
node("Mark", "win/utf8.txt", "@format encoding=windows-1252")
errors["Mark"] = ("win/utf8.txt:1:1: this begins with the mark of UTF-8, and "
                  "@format says windows-1252")
file("win/plain.txt", b"a,b\nSECRET,\xfc\n")
node("Plain", "win/plain.txt")
errors["Plain"] = "win/plain.txt:2:8: not UTF-8; for windows-1252 say @format"

# bars; no quotes; another quote; a tab
file("bar/none.txt", 'id|t\n1|5\'10"\n2|"x\n3|""\n4|\n')
node("None", "bar/none.txt", "@format delimiter=| quote=none", "@ordered")
tables["None"] = 'id,t\n1,"5\'10"""\n2,"""x"\n3,""""""\n4,\n'
file("bar/other.txt", "id|t\n1|'a|b'\n2|'it''s'\n3|\"\n4|''\n5|\n")
node("Other", "bar/other.txt", "@format delimiter=| quote='", "@ordered")
tables["Other"] = 'id,t\n1,a|b\n2,it\'s\n3,""""\n4,""\n5,\n'
file("bar/tab.txt", "id\tt\n1\ta,b\n")
node("Tab", "bar/tab.txt", "@format delimiter=tab")
gives("Tab", ["id", "t"], [[1, "a,b"]])
file("bar/null.txt", b"a|b\nNULL|\"NULL\"\n\xfcber|\n")
node("Null", "bar/null.txt",
     "@format delimiter=| null=NULL encoding=windows-1252", "@ordered")
tables["Null"] = 'a,b\n,NULL\nüber,\n'

# no header
file("bare/1.csv", "2,b\n1,a\n")
file("bare/2.csv", "3,c\r\n")
node("Bare", "bare/*.csv", "@format header=no")
gives("Bare", ["c1", "c2"], [[1, "a"], [2, "b"], [3, "c"]])
file("bare/wide.txt", "1,2\n")
file("bare/wider.txt", "1,2\n3,SECRET,5\n")
file("bare/widest.txt", "1,SECRET,3\n")
node("Ragged", "bare/wider.txt", "@format header=no")
errors["Ragged"] = "bare/wider.txt:2:10: this row has more than 2 fields, not 2"
node("Widths", "bare/wide.txt bare/widest.txt", "@format header=no")
errors["Widths"] = ("bare/widest.txt:1:1: the rows have 3 columns, those of "
                    "bare/wide.txt 2; files of one table have the same columns")

# several files: CRLF, a BOM, a header alone, by path and then by row; types of
# all values; sorted unless the order carries meaning
file("many/1.csv", "id,v\n9,1\n2,x\n")
file("many/2.csv", "\ufeffid,v\r\n5,2\r\n")
file("many/3.csv", "id,v\n")
file("many/4.csv", "id,v\n1,\"\"\n\n\n")
node("Many", "many/4.csv many/*.csv many/1.csv", "@ordered")
tables["Many"] = 'id,v\n9,1\n2,x\n5,2\n1,""\n'
node("Sorted", "many/*.csv")
tables["Sorted"] = 'id,v\n1,""\n2,x\n5,2\n9,1\n'
for name, second, words in [
        ("Order", "v,id\n1,SECRET\n",
         "the columns are those of many/1.csv in another order, from column 1 on"),
        ("Case", "ID,v\nSECRET,1\n",
         "column 1 is 'id' in many/1.csv, here in other letters"),
        ("Missing", "id\nSECRET\n", "there is no column 'v', which many/1.csv has"),
        ("More", "id,v,w\nSECRET,1,1\n",
         "the header has 3 columns, that of many/1.csv 2"),
        ("NoHeader", "SECRET,1\n", "there is no column 'id'")]:
    file("odd/%s.csv" % name, second)
    node(name, "many/1.csv odd/%s.csv" % name)
    errors[name] = "odd/%s.csv:1:1: %s" % (name, words)
file("odd/empty.csv", "")
node("Empty", "many/1.csv odd/empty.csv")
errors["Empty"] = "odd/empty.csv: the file is empty; a table has at least a header"
file("odd/lines.csv", "\r\n\n")
node("Lines", "many/1.csv odd/lines.csv")
errors["Lines"] = "odd/lines.csv: the file is empty; a table has at least a header"
file("odd/a.csv.gz", gzip.compress(b"id,v\nSECRET,1\n"))
node("Gz", "odd/a.csv.gz")
errors["Gz"] = "odd/a.csv.gz:1:1: this is gzip; a table is delivered unpacked"
file("odd/a.xlsx", b"PK\x03\x04\x14\x00SECRET")
node("Xlsx", "odd/a.xlsx")
errors["Xlsx"] = ("odd/a.xlsx:1:1: this is a zip archive or an Excel file; a "
                  "table is delivered as text")
file("odd/16.csv", "id\n1\n".encode("utf-16"))
node("Utf16", "odd/16.csv")
errors["Utf16"] = "odd/16.csv:1:1: this is UTF-16"
file("odd/key.csv", "id,v\n9,SECRET\n")
node("Key", "many/1.csv odd/key.csv", "@key id")
tables["Key"] = "id,v\n2,x\n9,1\n9,SECRET\n"
file("odd/pin.csv", "id,v\nSECRET,1\n")
node("Pin", "many/1.csv odd/pin.csv", "@column id integer")
errors["Pin"] = "odd/pin.csv:2:1: row 3, column 'id'"

os.makedirs(want)
for name, text in tables.items():
    with open(os.path.join(want, name + ".table"), "w", newline="") as f:
        f.write(text)
for name, text in errors.items():
    with open(os.path.join(want, name + ".error"), "w") as f:
        f.write(text)
P
commit 'files of every kind' >/dev/null
push main
run_once
n=0
for want in "$work"/want/*.table; do
	name=$(basename "$want" .table)
	(cd "$bare" && sluice get "$name" --at main) >"$work/got" ||
		fail "$name: $(cd "$bare" && sluice show "$name" --log --at main 2>&1)"
	diff -u "$want" "$work/got" >"$work/diff" || fail "$name: $(cat "$work/diff")"
	n=$((n + 1))
done
for want in "$work"/want/*.error; do
	name=$(basename "$want" .error)
	log=$(cd "$bare" && sluice show "$name" --log --at main 2>&1)
	has "$log" "$(cat "$want")" "$name"
	n=$((n + 1))
done
is "$n" "$(run_of main manifest.json | jq '.nodes | length')" 'all nodes'
is "$(run_of main manifest.json | jq -c '.nodes.Key.tests | map([.test, .verdict, .rows])')" \
	'[["key(id)","failed",2]]' 'a key over two files'
# no value of a file is in what may be read outside of the store
lacks "$(cd "$bare" && sluice report main)" SECRET 'the report'
lacks "$(run_of main report.md)$(note_of main)" SECRET 'what is in refs'
lacks "$(cd "$bare" && grep -r SECRET sluice/runner || true)" SECRET 'the state'
