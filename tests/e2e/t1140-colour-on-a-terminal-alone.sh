#!/usr/bin/env bash
# What is gone is red and what is new is green where somebody looks: on a
# terminal, unless NO_COLOR is set or the terminal is dumb; never in a pipe.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
git init -q p
cd p
example
commit one >/dev/null
sluice run >/dev/null 2>&1
sed -i 's/^2,.*/2,00456,4.2/' ClinicA/Patient.csv
sluice run >/dev/null 2>&1

# on_terminal COMMAND...: what a terminal gets
on_terminal() {
	python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' "$@" </dev/null | tr -d '\r'
}
red=$'\e[31m' green=$'\e[32m' end=$'\e[0m'
export TERM=xterm
has "$(on_terminal sluice diff --rows ClinicA/Patient)" \
	"$red-2,00456,3.2$end
$green+2,00456,4.2$end" "on a terminal"
for how in NO_COLOR=1 TERM=dumb; do
	lacks "$(on_terminal env $how sluice diff --rows ClinicA/Patient)" $'\e' "$how"
done
has "$(on_terminal env NO_COLOR= sluice diff --rows)" "$red-" "NO_COLOR that is empty"
lacks "$(sluice diff --rows)" $'\e' "in a pipe"

# a failure, and an escape that somebody wrote
printf 'a\n\e[31mx,y\n' >Bad.csv
out=$(on_terminal sluice run)
has "$out" "${red}failed$end Bad: Bad.csv:2:8: this row" "a failure"
printf 'a\n\e[31mx\n' >Bad.csv
sluice run >/dev/null 2>&1
has "$(on_terminal sluice show Bad)" '\x1b[31mx' "an escape is shown, not done"
has "$(on_terminal sluice diff --rows Bad 2>&1)" "Bad  new → 1 row" "a new table"
