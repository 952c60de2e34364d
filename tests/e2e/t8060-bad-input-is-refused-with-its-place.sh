#!/usr/bin/env bash
# Bad CSV is refused with its exact line and column, without a value of it, and
# nothing is repaired; what is odd and allowed is read as it is meant. A tree of
# any depth and a hundred thousand nodes are bounded, and refused with reasons.
# Lines and columns are those that the writer below counted, bytes from 1.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
python3 - <<'E'
C = "CANARY7301"  # stands in every bad file, and may stand in no word about it
wide = ",".join("c%d" % i for i in range(10000)) + "\n"
bad = {
    "Nul":       ("id,x\n1,%s\n2,%s\0b\n" % (C, C), 3, 3 + len(C)),
    "Nul_first": ("\0id,x\n1,%s\n" % C, 1, 1),
    "Utf8":      (b"id,x\n1," + C.encode() + b"\n2,\xff\xfe\n", 3, 3),
    "Utf8_cut":  (b"id,x\n1," + C.encode() + b"\xc3", 2, 3 + len(C)),
    "Utf8_long": (b"id,x\n1," + C.encode() + b"\xc0\xaf\n", 2, 3 + len(C)),
    "Ragged":    ("id,x\n1,%s\n2\n" % C, 3, 1),
    "Ragged_up": ("id,x\n1,%s\n2,b,c\n" % C, 3, 5),
    "Open":      ("id,x\n1,%s\n2,\"open\n3,c\n" % C, 3, 3),
    "Behind":    ("id,x\n1,\"%s\"y\n" % C, 2, 3 + len(C) + 2),
    "Cr":        ("id,x\n1,%s\n2,b\r3,c\n" % C, 3, 4),
    "Cr_mixed":  ("id,x\r\n1,%s\r\r\n" % C, 2, 3 + len(C)),
    "Empty":     ("", None, None),
    "Wide":      (wide + "1,%s\n" % C, 2, 1),
}
good = {
    "Bom":      (b"\xef\xbb\xbfid,x\n1,a\n", 1),
    "Crlf":     (b"id,x\r\n1,a\r\n2,b\n", 2),
    "Header":   (b"id,x\n", 0),
    "Quoted":   (b'id,"x"\n"1","a\nb"\n', 1),
    "Lines":    (b"id,x\n1,a\n\n\n", 1),
    "Wide_ok":  ((wide + ",".join("v" * 10000) + "\n").encode(), 1),
    "No_end":   (b"id,x\n1,a", 1),
}
with open("../bad", "w") as f:
    for name, (text, line, column) in bad.items():
        data = text.encode() if isinstance(text, str) else text
        open(name + ".csv", "wb").write(data)
        f.write("%s %s %s\n" % (name, line or "-", column or "-"))
with open("../good", "w") as f:
    for name, (data, rows) in good.items():
        open(name + ".csv", "wb").write(data)
        f.write("%s %d\n" % (name, rows))
E
commit corpus >/dev/null
rc=0
sluice run --json >"$work/run.json" 2>"$work/said" || rc=$?
is "$rc" 1 'a run of bad files'
sluice report --format json >"$work/report.json"
while read -r node line column; do
	said=$(jq -r --arg n "$node" '.failures[] | select(.node == $n).message' \
		"$work/report.json")
	case $line$column in
	--) has "$said" "$node.csv: " "$node" ;;
	*) has "$said" "$node.csv:$line:$column: " "$node" ;;
	esac
done <"$work/bad"
while read -r node rows; do
	is "$(jq -r --arg n "$node" '.nodes[] | select(.node == $n).rows' \
		"$work/run.json")" "$rows" "$node: rows"
done <"$work/good"
for format in text md json; do
	lacks "$(sluice report --format $format)" CANARY7301 "a report as $format"
done
lacks "$(cat "$work/said" "$work/run.json")" CANARY7301 'what run says'
is "$(sluice get Quoted | tail -n 2 | tr '\n' '|')" '1,"a|b"|' 'nothing is repaired'
lacks "$(head -c 3 <(sluice get Bom))" $'\xef' 'no BOM'

# a tree 100,000 deep, as one pack: git itself could not write it
make_bare
python3 - <<'E' >"$work/deep.pack" 2>"$work/id"
import hashlib, struct, sys, zlib
types = {b"commit": 1, b"tree": 2, b"blob": 3}
out = []
def put(kind, data):
    head, rest = [types[kind] << 4 | len(data) & 15], len(data) >> 4
    while rest:
        head[-1] |= 0x80
        head.append(rest & 0x7F)
        rest >>= 7
    out.append(bytes(head) + zlib.compress(data, 1))
    return hashlib.sha1(b"%s %d\0" % (kind, len(data)) + data).digest()
tree = put(b"tree", b"100644 A.csv\0" + put(b"blob", b"id\n1\n"))
for _ in range(100000):
    tree = put(b"tree", b"40000 d\0" + tree)
who = b"Ann <ann@example.org> 1795161600 +0000"
commit = put(b"commit", b"tree %s\nauthor %s\ncommitter %s\n\ndeep\n"
             % (tree.hex().encode(), who, who))
pack = b"PACK" + struct.pack(">II", 2, len(out)) + b"".join(out)
sys.stdout.buffer.write(pack + hashlib.sha1(pack).digest())
print(commit.hex(), file=sys.stderr)
E
git -C "$bare" index-pack --stdin <"$work/deep.pack" >/dev/null
git -C "$bare" update-ref refs/heads/main "$(cat "$work/id")"
# (a sanitizer needs memory of its own)
bounded() {
	ulimit -s 8192
	grep -q __asan_init "$BUILD/sluice" || ulimit -v 4000000
}
(bounded && run_once) || fail 'a deep tree'
is "$(requests)" "main $(cat "$work/id") done failure" 'a deep tree'
has "$(cd "$bare" && sluice report main)" 'directories in each other' 'why'

# 100,000 nodes
make_bare many
python3 - <<'E' | git -C "$bare" fast-import --quiet
print("commit refs/heads/main\ncommitter A <a@b.c> 1795161600 +0000\ndata 1\nx")
def put(path, text):
    print("M 100644 inline %s\ndata %d\n%s" % (path, len(text), text))
put("Base.csv", "id\n1\n")
for i in range(100000):
    put("D%d/N%d.sql" % (i // 1000, i), "-- @include action/sql/sqlite\n"
        "-- @depend /Base\nSELECT id + %d AS id FROM Base\n" % i)
E
is "$(cd "$bare" && bounded && sluice plan main --json | jq .nodes)" \
	100001 'many nodes'
