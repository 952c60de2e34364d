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
row=$(grep '<th scope="row"><a href="#node-ClinicA/Low">' <<<"$text" | head -1)
has "$row" '<td class="n">2 → 1</td>' 'rows'
has "$row" 'Column <code>mrn</code>: no NULLs; 1 different value, 2 before' 'values'
has "$row" '<svg class="plot" role="img" aria-label="Shares of the rows' 'a plot'
# a box for each node, an arrow for each input
picture=$(sed -n '/<svg xmlns/,/<\/svg>/p' "$page")
is "$(grep -c '<rect ' <<<"$picture")" 4 'boxes'
is "$(grep -c 'class="edge"' <<<"$picture")" 3 'arrows'
has "$text" 'SELECT id, mrn FROM Patient WHERE albumin &#60; 3.0' 'the code'
has "$text" '<a href="#node-ClinicA/Patient"><code>ClinicA/Patient</code></a> as <code>Patient</code>, 3 rows: <code>id</code> integer, <code>mrn</code> text, <code>albumin</code> real' \
	'what it reads'
key=$(run_of exp/low manifest.json | jq -r '.nodes["ClinicA/Low"].key')
has "$text" "<code>$key</code>, made of" 'the key'
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
has "$text" '<mark>→    3  SELECT id, &#34;&#60;/pre&#62;&#60;script&#62;alert(1)' 'the line itself'

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

# 7. A clinic that includes a library and overrides a part of it: each line
# says where it comes from. At a desk, of files that are in no commit.
write common/lab/library <<'E'
@abstract
@param limit:number
E
write common/lab/raw.csv <<'E'
id,value
1,4.1
2,2.9
E
write common/lab/Low.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./raw
-- @doc Values below the limit.
SELECT id FROM raw WHERE value < {{limit}}
E
write North/lab <<'E'
@include common/lab limit=3.5
E
write North/Low.sql <<'E'
-- @include super
-- @owner Ann
E
sluice run North >/dev/null 2>&1
sluice report --format html >"$work/desk.html"
page_is_well "$work/desk.html"
text=$(sed -n '/id="node-North\/Low"/,/<\/details>/p' "$work/desk.html")
has "$text" 'Values below the limit.' 'what it is'
has "$text" '<dt>Owner</dt><dd>Ann' 'its owner'
has "$text" '<code>common/lab/Low.sql</code>, brought here by <code>North/Low.sql</code> line 1' \
	'where it comes from'
has "$text" '<code>limit</code> = <code>3.5</code> from <code>North/lab</code> line 1' \
	'its parameter'
has "$text" '<p class="note"><code>North/Low.sql</code>:</p>
<pre>   1  -- @include super
   2  -- @owner Ann' 'its own lines'
has "$text" '<p class="note">Inherited from <code>common/lab/Low.sql</code>, with its parameters filled in:</p>
<pre class="inherited">   1  -- @include action/sql/sqlite' 'inherited lines'
has "$text" "   4  SELECT id FROM raw WHERE value &#60; 3.5" 'the code as it runs'
has "$text" 'Stands in the place of</dt><dd><code>North/Low^</code>' 'what it hides'

# a file that was edited since is not what was run
echo '-- edited' >>common/lab/Low.sql
text=$(sluice report --format html 2>/dev/null |
	sed -n '/id="node-North\/Low"/,/<\/details>/p')
lacks "$text" 'edited' 'text that was not run'
