#!/usr/bin/env bash
# inside_systemd.sh: what t3235 does in its container, as root: /box has the
# blocks of docs/INSTALL.md and takes what is to be compared, /src the sources.
set -eu
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
fail() {
	echo "FAILED: $*"
	journalctl --no-pager -u 'sluice-*'
	exit 1
}
wait_for() { # COMMAND...
	for _ in $(seq 600); do "$@" && return; sleep 0.1; done
	fail "never came true: $*"
}
as_git() { runuser -u git -- env -C /srv/git -i HOME=/srv/git PATH="$PATH" "$@"; }
commit() { as_git bash -euc "cd desk; git add -A; git commit -qm '$1'"; }
bare=/srv/git/pipeline.git
name=$(systemd-escape --path $bare)

bash -eu /box/account
as_git bash -eu /box/plain
as_git git -C $bare config sluice.landing /srv/landing
mkdir -p /srv/landing/labs
printf 'id,v\n1,10\n2,20\n' >/srv/landing/labs/a.csv
touch -d '1 hour ago' /srv/landing/labs/a.csv
as_git git config --global user.name g
as_git git config --global user.email g@example.org
as_git git init -q -b main desk
cd /srv/git/desk
printf '%s\n' '-- @include action/source/file' '-- @path labs/*.csv' >Labs
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Labs' \
	'SELECT sum(v) AS n FROM Labs' >Sum.sql
printf '%s\n' '# @include action/python' '# @depend ./Sum' 'import os' \
	'n = open("in/Sum.csv").read().split()[1]' \
	'open("out.csv", "w").write("n,home\n%s,%d\n" % (n, os.path.exists("/srv")))' >Py.py
printf '%s\n' '# @include action/bash' '# @depend ./Sum' 'cp in/Sum.csv out.csv' >Sh.sh
chown -R git: .
commit one

bash -eu /box/service
wait_for test -S $bare/sluice/runner/socket
as_git git -C desk push -q $bare HEAD:main
noted() { as_git git -C $bare notes --ref=sluice show "$1" >/box/note 2>&1; }
wait_for noted main
as_git git -C $bare show refs/sluice/runs/main:manifest.json >/box/manifest.json
as_git sh -c "cd $bare && sluice get /Py" >/box/py.csv

# stopped in the middle of a run: nothing is left, and it runs after the start
printf '%s\n' '# @include action/bash' 'sleep 600' >Slow.sh
chown git: Slow.sh
commit two
as_git git -C desk push -q $bare HEAD:slow
at_work() { pgrep -u git -x sleep >/dev/null; }
wait_for at_work
systemctl stop "sluice-runner@$name"
! pgrep -u git . >/dev/null || fail "left behind: $(pgrep -u git -a .)"
systemctl start "sluice-runner@$name"
wait_for at_work
as_git sh -c "cd $bare && sluice cancel slow" >/dev/null
at_rest() { ! at_work; }
wait_for at_rest

# upgraded: stopped, installed, started
(cd /src && bash -eu /box/upgrade) >/box/out 2>&1 || fail "upgrade: $(cat /box/out)"
systemctl is-active "sluice-runner@$name" >/box/active
wait_for test -S $bare/sluice/runner/socket
as_git git -C desk push -q $bare main~1:refs/heads/upgraded
wait_for as_git git -C $bare rev-parse -q --verify refs/sluice/runs/upgraded

# the timers, and what they start
bash -eu /box/timers
systemctl list-timers --all --no-pager >/box/listed
printf 'id,v\n3,30\n' >/srv/landing/labs/b.csv
touch -d '1 hour ago' /srv/landing/labs/b.csv
systemctl start "sluice-snapshot@$name.service"
sum_is() { [ "$(as_git sh -c "cd $bare && sluice get /Sum" | tail -n 1)" = "$1" ]; }
wait_for sum_is 60
systemctl start "sluice-gc@$name.service"
systemctl list-units --failed --plain --no-legend 'sluice-*' >/box/failed
systemctl show -p NRestarts "sluice-runner@$name" >/box/restarts
: >/box/done
