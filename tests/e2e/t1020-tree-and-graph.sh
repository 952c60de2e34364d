#!/usr/bin/env bash
# `sluice tree` shows each node, its file, what it hides, its parameters and
# where they were set; `sluice graph` draws the DAG or a node's part of it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
git init -q p
cd p

write lib/library <<'E'
@abstract
@param site
E
write lib/Patient.sql <<'E'
@include action/sql/sqlite
@depend ./raw as r
SELECT id, {{site}} AS site FROM r
E
write lib/Doctor.sql <<'E'
@include action/sql/sqlite
SELECT 1 AS id
E
write A/mount <<'E'
@include /lib site=north
E
write A/raw.csv <<'E'
id
1
E
write A/Doctor.sql <<'E'
@override
@include action/sql/sqlite
@depend super
@depend ./Patient
SELECT 1 AS id
E
write All.sql <<'E'
@include action/sql/sqlite
@depend /*/Patient as p
SELECT * FROM p
E

is "$(sluice tree)" "\
A/
  Doctor                  A/Doctor.sql  hides A/Doctor^
  Doctor^                 lib/Doctor.sql  by A/mount:1
  Patient                 lib/Patient.sql  by A/mount:1
    site = north  (A/mount:1)
  raw                     A/raw.csv
All                       All.sql" "tree"
is "$(sluice tree A/Patient --json | jq -c .)" \
	'{"nodes":[{"file":"lib/Patient.sql","include":["A/mount:1:1"],"node":"A/Patient","own_file":"lib/Patient.sql","parameters":{"site":{"at":"A/mount:1:15","type":"text","value":"north"}}}]}' \
	"tree of one node as JSON"
is "$(cd A && sluice tree Doctor | tail -n 1)" \
	"  Doctor                  A/Doctor.sql  hides A/Doctor^" \
	"a node is named from where one stands"

is "$(sluice graph)" "\
A/Doctor
  Patient <- A/Patient
  super <- A/Doctor^
A/Doctor^
A/Patient
  r <- A/raw
A/raw
All
  p <- A/Patient" "graph as text"
is "$(sluice graph A/raw | grep -v '^ ')" "\
A/Doctor
A/Patient
A/raw
All" "what is below a node"
is "$(sluice graph All | grep -v '^ ')" "\
A/Patient
A/raw
All" "what is above a node"
is "$(sluice graph A/Patient --format json | jq -c '[.nodes[].path]')" \
	'["A/Doctor","A/Patient","A/raw","All"]' "a part as JSON"
is "$(sluice graph --format json | jq -c '.nodes[] | select(.path == "All").inputs')" \
	'{"p":{"union":[{"from":"A","node":"A/Patient"}]}}' "a pattern as JSON"
is "$(sluice graph All --format dot)" 'digraph sluice {
	rankdir=LR;
	"A/Patient" [shape=box];
	"A/raw" [shape=note];
	"All" [shape=box];
	"A/raw" -> "A/Patient";
	"A/Patient" -> "All";
}' "graph for Graphviz"
is "$(sluice graph All --format mermaid)" 'flowchart LR
	n2["A/Patient"]
	n3["A/raw"]
	n4["All"]
	n3 --> n2
	n2 --> n4' "graph for Mermaid"

# A drawing needs Graphviz; where it is not, the error says what to do.
drawing=$(sluice graph --format svg)
is "$(grep -c 'class="node"' <<<"$drawing")" 5 "nodes that are drawn"
is "$(grep -c 'class="edge"' <<<"$drawing")" 4 "arrows that are drawn"
rc=0
PATH="$BUILD" sluice graph --format svg 2>err || rc=$?
is "$rc" 4 "exit status without dot"
has "$(cat err)" "graphviz" "the way to get it"

rc=0
sluice graph A/Patinet 2>err || rc=$?
is "$rc" 2 "exit status of a node that is not there"
has "$(cat err)" "A/Patient" "the nearest node"
rc=0
sluice graph --format png 2>err || rc=$?
is "$rc" 2 "exit status of an unknown format"
