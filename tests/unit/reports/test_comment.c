/* comment: what it says, in how many lines, and that no name is markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "reports/comment.h"
#include "reports/render.h"
#include "tests/unit/outbound_help.h"

#define HANDLE "0123456789abcdef"
#define HEAD "91b20aa1d2c391b20aa1d2c391b20aa1d2c391b2"

static const struct comment_facts facts = { HANDLE, NULL };

/* A report made by hand, of n nodes. */
struct made {
	struct manifest before, after;
	struct run_record record;
	struct report r;
};

static void start(struct made *m)
{
	*m = (struct made){ 0 };
	strcpy(m->before.snapshot_date, "2026-11-20");
	strcpy(m->after.snapshot_date, "2026-11-20");
	strcpy(m->record.commit, HEAD);
	strcpy(m->record.base, "4e3f323000000000000000000000000000000000");
	strcpy(m->record.branch, "exp");
	m->r = (struct report){ .before = &m->before,
		.after = &m->after,
		.record = &m->record,
		.is_fair = true };
}

static void clear(struct made *m)
{
	mem_free(m->r.tables);
	mem_free(m->r.failures);
	mem_free(m->r.remarks);
	mem_free(m->r.mounts);
	mem_free(m->r.tests.failed);
	manifest_clear(&m->before);
	manifest_clear(&m->after);
}

static struct digest digest(unsigned i)
{
	struct digest d = { { 1 } };

	memcpy((char *)&d + 1, &i, sizeof(i));
	return d;
}

/* A node on both sides, with another key and table. */
static void add_node(struct made *m, const char *path, unsigned i)
{
	struct manifest_node *was = manifest_add(&m->before, path);
	struct manifest_node *now = manifest_add(&m->after, path);

	was->delivered = now->delivered = true;
	was->key = was->table = digest(2 * i);
	now->key = now->table = digest(2 * i + 1);
	was->file = mem_strdup("a.sql");
	now->file = mem_strdup("b.sql");
	m->r.n_nodes++;
}

/* Each node's table changed. */
static void change_tables(struct made *m, uint64_t before, uint64_t after)
{
	size_t i;

	m->r.tables = mem_array(m->after.n, sizeof(*m->r.tables));
	for (i = 0; i < m->after.n; i++)
		m->r.tables[i] =
		    (struct report_table){ .node = &m->after.nodes[i],
			    .change = TABLE_CHANGED,
			    .is_compared = true,
			    .diff = { .way = DIFF_KEYED,
			        .before = before,
			        .after = after,
			        .added = after,
			        .removed = before } };
	m->r.n_tables = m->r.n_delivered = m->after.n;
}

static void print(const struct made *m, struct buf *out)
{
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();
	struct error err = { 0 };

	if (comment_print(&m->r, &facts, text, &err))
		fail_msg("%s", err.msg);
	buf_add(out, outbound_bytes(text).p, outbound_bytes(text).n);
}

/* The caller's. */
static struct outbound *outdate(const char *text, const char *commit,
    bool is_running)
{
	CLEANUP(outbound_closep) struct outbound *old = outbound_of(text);
	struct outbound *out = outbound_open();

	assert_int_equal(comment_outdate(old, commit, is_running, out, NULL),
	    0);
	return out;
}

/* Counted another way than comment.c does. */
static size_t count_visible(const char *text)
{
	size_t n = 0, depth = 0;

	for (; *text != '\0'; text += strcspn(text, "\n") + 1) {
		if (strncmp(text, "<details>", 9) == 0)
			depth += n++ > 0;
		else if (strncmp(text, "</details>", 10) == 0)
			depth--;
		else if (depth == 0 && strncmp(text, "<!--", 4) != 0)
			n++;
	}
	return n;
}

static void says_what_merging_does(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct made m;

	(void)state;
	start(&m);
	add_node(&m, "Treatment", 1);
	change_tables(&m, 48210, 48296);
	m.r.tables[0].diff.added = 90;
	m.r.tables[0].diff.removed = 4;
	m.r.tables[0].diff.changed = 1204;
	m.r.tables[0].fresh =
	    (struct report_fresh){ true, 48210, 48522, 312, 0, 0 };
	print(&m, &text);
	assert_string_equal(text.p,
	    "<!-- sluice:report " HANDLE " -->\n"
	    "### sluice: Can be merged: 1 delivered table changes; merged as "
	    "things are, nothing is left to compute.\n"
	    "\n"
	    "| delivered table | rows | added | removed | changed | columns | "
	    "fresh data |\n"
	    "|---|--:|--:|--:|--:|---|--:|\n"
	    "| `Treatment` | 48,200 \xe2\x86\x92 48,300 | 100 | <11 | 1,200 | "
	    " | +300 \xe2\x88\x92"
	    "0 |\n"
	    "\n"
	    "Fair: same inputs of 2026-11-20 on both sides; base "
	    "`4e3f32300000`; head `91b20aa1d2c3`. " SUPPRESSED_WORDS "\n"
	    "Report: `sluice report 91b20aa1d2c3`\n"
	    "\n"
	    "<details><summary>1 of 1 node affected, 0 of them with the same "
	    "table as before</summary>\n"
	    "\n"
	    "| node | why | gives |\n"
	    "|---|---|---|\n"
	    "| `Treatment` | its code changed | another table |\n"
	    "\n"
	    "</details>\n");
	clear(&m);
}

/* Neither how long it took nor what was found computed. */
static void the_same_manifests_give_the_same_bytes(void **state)
{
	CLEANUP(buf_clear) struct buf one = { 0 }, two = { 0 };
	struct made m;

	(void)state;
	start(&m);
	add_node(&m, "Treatment", 1);
	change_tables(&m, 5, 7);
	print(&m, &one);
	m.record.ended = 99999;
	m.r.n_computed = 7;
	strcpy(m.record.host, "elsewhere");
	strcpy(m.record.user, "bob");
	print(&m, &two);
	assert_string_equal(one.p, two.p);
	clear(&m);
}

static void fill(struct made *m, size_t n)
{
	static char letters[] = "A\0B\0C\0D", word[] = "not_null(id)";
	static struct manifest_test test = { .test = word,
		.at = word,
		.verdict = VERDICT_FAILED,
		.rows = 3 };
	size_t i;

	for (i = 0; i < n; i++) {
		char path[300];

		snprintf(path, sizeof(path), "N%05zu%0*d", i, (int)(i % 190),
		    0);
		add_node(m, path, (unsigned)i);
	}
	change_tables(m, 100, 0);
	m->r.failures = mem_array(n, sizeof(*m->r.failures));
	m->r.remarks = mem_array(n, sizeof(*m->r.remarks));
	m->r.mounts = mem_array(n, sizeof(*m->r.mounts));
	m->r.tests.failed = mem_array(n, sizeof(*m->r.tests.failed));
	for (i = 0; i < n; i++) {
		const struct manifest_node *node = &m->after.nodes[i];

		m->r.failures[i].node = node;
		m->r.remarks[i] =
		    (struct report_remark){ .kind = REMARK_EMPTIED,
			    .table = &m->r.tables[i],
			    .node = node };
		m->r.mounts[i] = (struct report_mount){ letters + i % 4 * 2,
			(enum mount_effect)(i % 4), 1, 1 };
		m->r.tests.failed[i] =
		    (struct report_test){ .node = node, .test = &test };
	}
	m->r.n_failures = m->r.n_failed = m->r.n_remarks = m->r.n_mounts =
	    m->r.tests.n_failed = m->r.tests.n_blocking = m->r.tests.n = n;
	m->r.verdict = REPORT_FAILURE;
}

static void is_short_whatever_there_is(void **state)
{
	static const size_t sizes[] = { 1, 4, 5, 6, 11, 40, 200, 1500 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		CLEANUP(outbound_closep) struct outbound *old = NULL;
		CLEANUP(buf_clear) struct buf text = { 0 };
		struct made m;

		start(&m);
		fill(&m, sizes[i]);
		print(&m, &text);
		old = outdate(text.p, HEAD, true);
		assert_true(count_visible(text.p) <= COMMENT_LINES);
		assert_true(
		    count_visible(outbound_bytes(old).p) <= COMMENT_LINES);
		assert_true(text.n <= COMMENT_MAX);
		if (sizes[i] > 10 && !strstr(text.p, " more in the report"))
			fail_msg("%zu: %s", sizes[i], text.p);
		clear(&m);
	}
}

/* A table in git has no code. */
static void a_table_in_git_is_a_file(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct made m;

	(void)state;
	start(&m);
	add_node(&m, "LabMap", 1);
	change_tables(&m, 5, 7);
	mem_free(m.after.nodes[0].file);
	m.after.nodes[0].file = mem_strdup("LabMap.csv");
	print(&m, &text);
	assert_non_null(
	    strstr(text.p, "| `LabMap` | its file changed | another table |"));
	clear(&m);
}

/* Dangers: the worst first; the same words of several nodes are one. */
static void dangers_are_ranked(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	const char *failed, *test, *emptied;
	struct made m;

	(void)state;
	start(&m);
	fill(&m, 2);
	print(&m, &text);
	failed = strstr(text.p,
	    "> - `N000000` failed: It failed; the same of `N000010`\n");
	test = strstr(text.p,
	    "> - `N000000`: `id` has rows without a value (<11 rows); the same "
	    "of `N000010`\n");
	emptied = strstr(text.p,
	    "> - `N000000` is empty now (100 rows before); the same of "
	    "`N000010`\n");
	if (!failed || !test || !emptied)
		fail_msg("%s", text.p);
	assert_true(failed < test && test < emptied);
	clear(&m);
}

/* Other words, other dangers: five of them, and how many more; a number in
 * parentheses is no other word. */
static void dangers_of_one_kind_are_one(void **state)
{
	static char tests[][16] = { "not_null(a)", "not_null(b)", "not_null(c)",
		"not_null(d)", "not_null(e)", "not_null(f)", "not_null(a)",
		"not_null(f)" };
	struct manifest_test all[ARRAY_LEN(tests)];
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct made m;
	size_t i;

	(void)state;
	start(&m);
	m.r.tests.failed =
	    mem_array(ARRAY_LEN(tests), sizeof(*m.r.tests.failed));
	for (i = 0; i < ARRAY_LEN(tests); i++) {
		char path[8];

		snprintf(path, sizeof(path), "N%zu", i);
		(void)manifest_add(&m.after, path);
		all[i] = (struct manifest_test){ .test = tests[i],
			.at = tests[i],
			.verdict = VERDICT_FAILED,
			.rows = 1000 * i };
	}
	for (i = 0; i < ARRAY_LEN(tests); i++)
		m.r.tests.failed[i] =
		    (struct report_test){ .node = &m.after.nodes[i],
			    .test = &all[i] };
	m.r.tests.n = m.r.tests.n_failed = m.r.tests.n_blocking =
	    ARRAY_LEN(tests);
	m.r.verdict = REPORT_FAILURE;
	print(&m, &text);
	if (!strstr(text.p,
	        "> - `N0`: `a` has rows without a value (0 rows); the same of "
	        "`N6`\n> - `N1`: `b` has rows without a value (1,000 rows)\n"))
		fail_msg("%s", text.p);
	assert_non_null(
	    strstr(text.p, "(4,000 rows)\n> - 2 more in the report\n"));
	clear(&m);
}

/* What waits for a table tells nothing beside the failure; a warning that was
 * there before is no danger, and no reason for a comment. */
static void what_is_no_news_is_no_danger(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct manifest_test test;
	struct made m;

	(void)state;
	start(&m);
	fill(&m, 1);
	test = *m.r.tests.failed[0].test;
	test.verdict = VERDICT_BLOCKED;
	m.r.tests.failed[0].test = &test;
	m.r.tests.n_waiting = 1;
	print(&m, &text);
	assert_null(strstr(text.p, "> - `N000000`: "));
	assert_non_null(strstr(text.p, "<summary>1 test: 1 waits</summary>"));
	test.verdict = VERDICT_FAILED;
	m.r.n_tables = m.r.n_delivered = m.r.n_remarks = m.r.n_failures = 0;
	m.r.tests.n_blocking = m.r.tests.n_waiting = 0;
	m.r.verdict = REPORT_SUCCESS;
	assert_true(comment_is_wanted(&m.r));
	m.r.tests.failed[0].is_old = true;
	m.r.tests.n_old = 1;
	assert_false(comment_is_wanted(&m.r));
	buf_reset(&text);
	print(&m, &text);
	assert_null(strstr(text.p, "Look at"));
	assert_non_null(strstr(text.p, "(<11 rows), as before\n"));
	clear(&m);
}

/* A newer commit: once, whatever was there. */
static void a_newer_commit_takes_its_place(void **state)
{
	CLEANUP(outbound_closep)
	struct outbound *one =
	    outdate("<!-- m -->\n### sluice: x\n\nrest\n", HEAD, true);
	CLEANUP(outbound_closep)
	struct outbound *two = outdate(outbound_bytes(one).p,
	    "4e3f323000000000000000000000000000000000", false);

	(void)state;
	assert_string_equal(outbound_bytes(one).p,
	    "<!-- m -->\n> **Out of date:** commit `91b20aa1d2c3` is running. "
	    "What follows is from before.\n\n### sluice: x\n\nrest\n");
	assert_string_equal(outbound_bytes(two).p,
	    "<!-- m -->\n> **Out of date:** commit `4e3f32300000` has no result. "
	    "What follows is from before.\n\n### sluice: x\n\nrest\n");
}

/* -- names, read by a renderer that is not ours -- */

/* What a name is to look like: its odd bytes escaped, in HTML. */
static const struct {
	const char *name, *html;
} hostile[] = {
	{ "a|b", "a\\x7cb" },
	{ "a`b``c", "a\\x60b\\x60\\x60c" },
	{ "@team/x #12 !3 ~l %m", "@team/x #12 !3 ~l %m" },
	{ "</code></td><script>x</script>",
	    "&lt;/code&gt;&lt;/td&gt;&lt;script&gt;x&lt;/script&gt;" },
	{ "<img src=x onerror=y> &amp; &#64;",
	    "&lt;img src=x onerror=y&gt; &amp;amp; &amp;#64;" },
	{ "https://e.example/x www.e.example a@e.example",
	    "https://e.example/x www.e.example a@e.example" },
	{ "a\xe2\x80\xae"
	  "b",
	    "a\\u{202e}b" },
	{ "a\nb\r\n\n# c", "a\\x0ab\\x0d\\x0a\\x0a# c" },
	{ "**b** _i_ ~~s~~ [l](x) ![i](x)", "**b** _i_ ~~s~~ [l](x) ![i](x)" },
	{ "<!-- sluice:report " HANDLE " -->",
	    "&lt;!-- sluice:report " HANDLE " --&gt;" },
	{ "\\", "\\x5c" },
	{ " a ", "\\x20a\\x20" },
};

static void read_all(FILE *f, struct buf *out)
{
	char some[4096];
	size_t n;

	while ((n = fread(some, 1, sizeof(some), f)) > 0)
		buf_add(out, some, n);
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)) != NULL; text++)
		n++;
	return n;
}

static void render_markdown(const struct buf *text, struct buf *html)
{
	char path[] = "/tmp/sluice-comment-XXXXXX", line[200];
	int fd = mkstemp(path);
	FILE *f;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text->p, text->n), text->n);
	close(fd);
	snprintf(line, sizeof(line),
	    "cmark-gfm --unsafe -e table -e autolink -e strikethrough "
	    "-e tagfilter %s",
	    path);
	f = popen(line, "r");
	assert_non_null(f);
	read_all(f, html);
	assert_int_equal(pclose(f), 0);
	unlink(path);
}

static void no_name_is_markup(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, html = { 0 };
	struct made m;
	size_t i;

	(void)state;
	if (system("cmark-gfm --version >/dev/null 2>&1") != 0) {
		print_message("cmark-gfm is missing: names are not checked\n");
		skip();
	}
	start(&m);
	for (i = 0; i < ARRAY_LEN(hostile); i++)
		add_node(&m, hostile[i].name, (unsigned)i);
	manifest_sort(&m.before);
	manifest_sort(&m.after);
	change_tables(&m, 100, 200);
	m.r.n_delivered = m.r.n_tables = 8;
	print(&m, &text);
	render_markdown(&text, &html);
	for (i = 0; i < ARRAY_LEN(hostile); i++) {
		CLEANUP(buf_clear) struct buf code = { 0 };

		buf_printf(&code, "<code>%s</code>", hostile[i].html);
		if (strstr(html.p, code.p) == NULL)
			fail_msg("no %s in %s", code.p, html.p);
	}
	/* nothing but ours: 8 rows of 6 cells, 12 of 3, in two tables */
	assert_int_equal(count(html.p, "<td"), 8 * 6 + 12 * 3);
	assert_int_equal(count(html.p, "<table>"), 2);
	assert_int_equal(count(html.p, "<a "), 0);
	assert_int_equal(count(html.p, "<img"), 0);
	assert_int_equal(count(html.p, "<h"), 1);
	assert_int_equal(count(html.p, "<!--"), 1);
	assert_int_equal(count(html.p, "<em>"), 0);
	assert_int_equal(count(html.p, "<del>"), 0);
	assert_int_equal(count(html.p, "<script"), 0);
	clear(&m);
}

/* A column leaves by its name where the repository says it, else by its place:
 * a directive, or a word of the code, or a table in git. */
static void columns_are_named_where_the_repository_does(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	char dose[] = "dose", person[] = "Smith, John", unit[] = "unit",
	     part[] = "uni";
	struct diff_column columns[] = {
		{ .name = dose, .change = COLUMN_ADDED, .in_before = SIZE_MAX },
		{ .name = person,
		    .change = COLUMN_ADDED,
		    .in_before = SIZE_MAX,
		    .in_after = 1 },
		{ .name = unit,
		    .change = COLUMN_ADDED,
		    .in_before = SIZE_MAX,
		    .in_after = 2 },
		{ .name = part,
		    .change = COLUMN_ADDED,
		    .in_before = SIZE_MAX,
		    .in_after = 3 },
	};
	const struct described_text code = { .text = { "SELECT Unit, *\n", 15 },
		.is_code = true };
	const struct described_column declared = { "Dose", NULL, NULL };
	struct description d = { .path = "T",
		.action = "action/sql/sqlite",
		.texts = &code,
		.n_texts = 1,
		.columns = &declared,
		.n_columns = 1 };
	const struct descriptions all = { &d, 1 };
	struct made m;

	(void)state;
	start(&m);
	add_node(&m, "T", 1);
	change_tables(&m, 100, 200);
	m.r.tables[0].diff.columns = columns;
	m.r.tables[0].diff.n_columns = 4;
	m.r.descriptions = &all;
	print(&m, &text);
	assert_non_null(
	    strstr(text.p, "| +`dose`, +`no. 2`, +`unit`, +`no. 4` |"));
	assert_null(strstr(text.p, "Smith"));
	d.action = NULL;
	buf_reset(&text);
	print(&m, &text);
	assert_non_null(strstr(text.p, "+`Smith, John`"));
	clear(&m);
}

/* None that becomes some is said, without SQL's word for it and the number. */
static void values_that_are_missing_now_are_told(void **state)
{
	struct diff_values was = { .rows = 100 },
	                   now = { .rows = 200, .nulls = 7 };
	struct diff_column column = { .name = (char[]){ "dose" },
		.changed = 50,
		.values_before = &was,
		.values_after = &now };
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct made m;

	(void)state;
	start(&m);
	add_node(&m, "T", 1);
	change_tables(&m, 100, 200);
	m.r.tables[0].diff.columns = &column;
	m.r.tables[0].diff.n_columns = 1;
	print(&m, &text);
	assert_non_null(strstr(text.p,
	    "| `no. 1`; `no. 1`: no value missing before, some now |"));
	assert_null(strstr(text.p, "NULL"));
	clear(&m);
}

/* Of many columns with other values some are named; what came, went or has
 * another type always is. */
static void a_wide_table_has_a_short_line(void **state)
{
	static char names[40][8];
	struct diff_column columns[ARRAY_LEN(names)];
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct made m;
	size_t i;

	(void)state;
	start(&m);
	add_node(&m, "T", 1);
	change_tables(&m, 100, 200);
	for (i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(names[i], sizeof(names[i]), "c%zu", i + 1);
		columns[i] = (struct diff_column){ .name = names[i],
			.change = i == 39 ? COLUMN_ADDED : COLUMN_SAME,
			.in_before = i == 39 ? SIZE_MAX : i,
			.in_after = i,
			.changed = 50 };
	}
	m.r.tables[0].diff.columns = columns;
	m.r.tables[0].diff.n_columns = ARRAY_LEN(columns);
	print(&m, &text);
	if (!strstr(text.p, "`no. 12`, +`no. 40`, and 27 more |"))
		fail_msg("%s", text.p);
	assert_null(strstr(text.p, "`no. 13`"));
	clear(&m);
}

/* It is a test that blocks and a danger: one of them is told. */
static void a_broken_key_is_told_once(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct manifest_test key = { .test = (char[]){ "key(id)" },
		.verdict = VERDICT_FAILED,
		.rows = 20 };
	struct report_test failed = { .test = &key };
	struct report_remark remark = { .kind = REMARK_KEY, .test = &key };
	struct made m;

	(void)state;
	start(&m);
	add_node(&m, "T", 1);
	change_tables(&m, 100, 200);
	failed.node = remark.node = &m.after.nodes[0];
	m.r.tests = (struct report_tests){ .failed = &failed,
		.n_failed = 1,
		.n_blocking = 1,
		.n = 1 };
	m.r.remarks = &remark;
	m.r.n_remarks = 1;
	print(&m, &text);
	assert_int_equal(count(text.p, "> - `T`"), 1);
	assert_non_null(
	    strstr(text.p, "> - `T`: the declared key is broken (50 rows)"));
	m.r.tests = (struct report_tests){ 0 };
	m.r.remarks = NULL;
	m.r.n_remarks = 0;
	clear(&m);
}

static void a_handle_is_for_ever(void **state)
{
	char one[COMMENT_HANDLE + 1], two[COMMENT_HANDLE + 1];

	(void)state;
	/* printf 'sluice-comment/1\n\n' | sha256sum */
	assert_int_equal(comment_handle("", one, NULL), 0);
	assert_string_equal(one, "4ebd04df125386e9");
	assert_int_equal(comment_handle("etl", two, NULL), 0);
	assert_string_not_equal(one, two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_merging_does),
		cmocka_unit_test(the_same_manifests_give_the_same_bytes),
		cmocka_unit_test(is_short_whatever_there_is),
		cmocka_unit_test(a_table_in_git_is_a_file),
		cmocka_unit_test(dangers_are_ranked),
		cmocka_unit_test(dangers_of_one_kind_are_one),
		cmocka_unit_test(what_is_no_news_is_no_danger),
		cmocka_unit_test(a_newer_commit_takes_its_place),
		cmocka_unit_test(no_name_is_markup),
		cmocka_unit_test(columns_are_named_where_the_repository_does),
		cmocka_unit_test(values_that_are_missing_now_are_told),
		cmocka_unit_test(a_wide_table_has_a_short_line),
		cmocka_unit_test(a_broken_key_is_told_once),
		cmocka_unit_test(a_handle_is_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
