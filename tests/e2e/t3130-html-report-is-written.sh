#!/usr/bin/env bash
# The runner writes a run's report as a page: before the final status, whole,
# the same again, for a run that failed and for a text with errors too; the
# page is well formed and usable by everybody, and names in it stay text.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

page_is_well() {
	python3 "$tests/e2e/html_page.py" "$@" || fail "a page: $*"
}

# 0. The checker finds what it is to find, and the golden pages are well.
printf '<!DOCTYPE html>\n<html lang="en"><p onclick="x"><th></p>' >"$work/bad"
rc=0; out=$(python3 "$tests/e2e/html_page.py" "$work/bad") || rc=$?
is "$rc" 1 'the checker on a bad page'
for word in onclick 'without scope' 'closes' 'its policy'; do
	has "$out" "$word" 'what it says'
done
page_is_well "$tests"/cases/report/*/html "$tests"/cases/report/*/outside-html

# 1. A push, and its page.
make_bare
git -C "$bare" config sluice.sandbox none
git -C "$bare" config sluice.report.dir "$work/pages/reports"
make_clone
example
one=$(commit one)
push main
run_once
page=$work/pages/reports/$one.html
[ -f "$page" ] || fail "no page: $(cat "$work/runner.log")"
page_is_well "$page"
has "$(cat "$page")" 'All is well: 4 nodes' 'the first run'
is "$(stat -c %a "$page")" 640 'its mode'

# 2. A branch: Low loses 00456 (3.2 is not below 3.0): 2 rows become 1.
git checkout -q -b exp/low
sed -i 's/3.5/3.0/' ClinicA/Low.sql
two=$(commit 'a lower limit')
push exp/low
run_once
page=$work/pages/reports/$two.html
page_is_well "$page"
text=$(cat "$page")
has "$text" 'Can be merged: 1 delivered table changes (and 2 steps' 'verdict'
has "$text" '<code>ClinicA/Low</code></th><td class="n">2 → 1</td>' 'rows'
has "$text" '<svg ' 'the picture'
is "$(cd "$bare" && sluice report --format html exp/low)" "$text" \
	'what the command prints'

# 3. Done again from nothing but refs and store, it is the same; and as it is
# there already, it is not written again.
before=$(stat -c %i:%Y "$page")
rm "$bare/sluice/runner/run.db" "$work/pages/reports/$one.html"
run_once
is "$(stat -c %i:%Y "$page")" "$before" 'the page that was there'
[ -f "$work/pages/reports/$one.html" ] || fail 'the page is not made again'

# 4. A failure in a file whose name is markup: message, line, log and name are
# text, and the page is there when the final status is.
start_forge
echo token >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
git checkout -q main
name='<img src=x onerror=alert(1)>'
write "ClinicA/$name.sql" <<'S'
-- @include action/sql/sqlite
-- @depend ./Patient
SELECT id, "</pre><script>alert(1)</script>" FROM Patient, nothing
S
three=$(commit three)
push main
run_once
has "$(statuses_of "$three")" failure 'the status'
page=$work/pages/reports/$three.html
page_is_well "$page"
text=$(cat "$page")
has "$text" 'Not well: 1 of 5 nodes failed' 'the verdict'
has "$text" '&#60;img src=x onerror=alert(1)&#62;' 'the name as text'
lacks "$text" '<img' 'the name as markup'
lacks "$text" '<script' 'the message as markup'
has "$text" '.sql</code>, line ' 'the line of the file'

# 5. A text with errors has a page too.
git rm -q "ClinicA/$name.sql"
sed -i '1i -- @depend ./Nothing' ClinicA/Low.sql
four=$(commit four)
push main
run_once
page_is_well "$work/pages/reports/$four.html"
has "$(cat "$work/pages/reports/$four.html")" 'ClinicA/Low.sql:1:12' 'the error'

# 6. Where it cannot be written, the runner says so and the status comes.
echo 'a file' >"$work/file"
git -C "$bare" config sluice.report.dir "$work/file"
sed -i 1d ClinicA/Low.sql
five=$(commit five)
push main
run_once
has "$(cat "$work/runner.log")" "no report in $work/file" 'what the runner says'
has "$(statuses_of "$five")" success 'the status without a page'
