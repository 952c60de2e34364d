/* manifest and run record: one text for one outcome, read for ever. */
#include "cache/manifest.h"
#include "tests/unit/cache/store_help.h"

#define FORMATS "tests/cases/formats/"

static struct digest all(int byte)
{
	struct digest d;

	memset(d.bytes, byte, sizeof(d.bytes));
	return d;
}

static void read_golden(const char *name, struct buf *out)
{
	char path[128];

	snprintf(path, sizeof(path), FORMATS "%s", name);
	OK(file_read(path, FILE_MAX, out, &err));
}

static void test_golden_is_read(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	const struct manifest_node *n;
	struct digest d;

	(void)state;
	read_golden("manifest.json", &text);
	OK(manifest_parse(buf_bytes(&text), &m, &err));
	assert_int_equal(m.n, 6);
	assert_string_equal(m.snapshot_date, "2026-11-20");
	assert_string_equal(m.tree, "3333333333333333333333333333333333333333");
	assert_int_equal(m.n_parameters, 2);
	assert_string_equal(m.parameters[1].name, "year");
	assert_string_equal(m.parameters[1].value, "2026");
	assert_int_equal(m.n_targets, 2);
	assert_null(m.extra);

	n = manifest_find(&m, "ClinicA/Visit");
	assert_int_equal(n->state, NODE_OK);
	assert_true(n->unstable);
	assert_int_equal(n->n_include, 2);
	assert_string_equal(n->include[1], "shared/@include");
	assert_string_equal(n->file, "shared/Visit.sql");
	d = all(0x77);
	assert_true(digest_eq(&n->table, &d));
	d = all(0x55);
	assert_true(digest_eq(&n->log, &d));
	assert_null(n->extra);

	n = manifest_find(&m, "ClinicB/Lab");
	assert_int_equal(n->state, NODE_FAILED);
	assert_int_equal(n->failure, FAILURE_SQL);
	assert_int_equal(n->line, 3);
	assert_int_equal(n->col, 12);
	n = manifest_find(&m, "Release");
	assert_int_equal(n->state, NODE_BLOCKED);
	assert_int_equal(n->n_by, 1);
	assert_string_equal(n->by[0], "ClinicB/Lab");
	assert_true(n->delivered);
	assert_true(digest_is_null(&n->key));
	n = manifest_find(&m, "Sp\xc3\xa4ter");
	assert_int_equal(n->state, NODE_WAITING);
	n = manifest_find(&m, "Weekly");
	assert_int_equal(n->state, NODE_STALE);
	assert_true(n->rows == 170141183460U);
	assert_string_equal(n->since,
	    "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
	assert_null(manifest_find(&m, "Nobody"));
}

static void test_golden_unstable(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	const struct manifest_node *n;

	(void)state;
	read_golden("manifest-unstable.json", &text);
	OK(manifest_parse(buf_bytes(&text), &m, &err));
	n = manifest_find(&m, "Day");
	assert_true(n->unstable);
	assert_int_equal(n->n_differs, 2);
	assert_string_equal(n->differs[1], "of, two");
	assert_int_equal(n->second, FAILURE_NONE);
	assert_null(n->extra);
	n = manifest_find(&m, "Fails");
	assert_true(n->unstable);
	assert_int_equal(n->n_differs, 0);
	assert_int_equal(n->second, FAILURE_EXIT);
	assert_null(n->extra);
}

/* Reading and printing gives the same bytes, those of later versions too. */
static void test_golden_round_trip(void **state)
{
	static const char *const names[] = { "manifest.json",
		"manifest-later.json", "manifest-tests.json",
		"manifest-unstable.json", "manifest-tolerance.json" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		CLEANUP(buf_clear) struct buf text = { 0 };
		CLEANUP(buf_clear) struct buf again = { 0 };
		CLEANUP(manifest_clear) struct manifest m = { 0 };

		read_golden(names[i], &text);
		OK(manifest_parse(buf_bytes(&text), &m, &err));
		OK(manifest_print(&m, &again, &err));
		assert_string_equal(again.p, text.p);
	}
}

static void test_later_version(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	const struct manifest_node *n;

	(void)state;
	read_golden("manifest-later.json", &text);
	OK(manifest_parse(buf_bytes(&text), &m, &err));
	n = manifest_find(&m, "Next");
	assert_int_equal(n->state, NODE_WAITING);
	assert_string_equal(n->file, "Next.sql");
	assert_string_equal(json_str_or(n->extra, "state", ""), "sleeping");
	n = manifest_find(&m, "Odd");
	assert_int_equal(n->state, NODE_FAILED);
	assert_int_equal(n->failure, FAILURE_EXIT);
}

/* Some names, of those that JSON escapes too. */
static char **some_names(uint64_t *seed, size_t *n)
{
	static const char *const words[] = { "a", "A/b", "\"q\"", "b\\c",
		"Sp\xc3\xa4ter", "line\nfeed", "origin", "nodes" };
	char **names;
	size_t i;

	*n = next_random(seed) % 4;
	names = *n > 0 ? mem_array(*n, sizeof(*names)) : NULL;
	for (i = 0; i < *n; i++)
		names[i] =
		    mem_strdup(words[next_random(seed) % ARRAY_LEN(words)]);
	return names;
}

static void fill_node(struct manifest_node *n, uint64_t *seed)
{
	n->state = (enum node_state)(next_random(seed) % 5);
	n->delivered = next_random(seed) % 2;
	n->unstable = next_random(seed) % 5 == 0;
	n->by = some_names(seed, &n->n_by);
	n->inputs = some_names(seed, &n->n_inputs);
	n->doubts = some_names(seed, &n->n_doubts);
	if (n->unstable)
		n->differs = some_names(seed, &n->n_differs);
	if (n->state == NODE_OK || next_random(seed) % 4 == 0)
		n->table = all(1 + (int)(next_random(seed) % 200));
	if (next_random(seed) % 4 > 0)
		n->key = all(1 + (int)(next_random(seed) % 200));
	if (next_random(seed) % 4 == 0)
		n->log = all(9);
	n->rows = digest_is_null(&n->table) ? 0 : next_random(seed) >> 2;
	if (next_random(seed) % 4 == 0)
		n->since = mem_strdup(next_random(seed) % 2 ? "a\"b" : "");
	if (next_random(seed) % 5 > 0) {
		n->file = mem_strdup("dir/\xe2\x82\xac.sql");
		n->file_blob = mem_strdup(next_random(seed) % 5 ? "12" : "");
		n->include = some_names(seed, &n->n_include);
	}
	if (n->state == NODE_FAILED)
		n->failure = FAILURE_SQL;
}

/* A manifest with a member of a later version is printed by way of JSON, any
 * other at once: apart from that member they are the same bytes. */
static void test_printed_both_ways(void **state)
{
	static const char more[] = ",\"zz\":0}\n";
	uint64_t seed = 11;
	int round;

	(void)state;
	for (round = 0; round < 300; round++) {
		CLEANUP(manifest_clear) struct manifest m = { 0 };
		CLEANUP(manifest_clear) struct manifest back = { 0 };
		CLEANUP(buf_clear) struct buf one = { 0 }, two = { 0 };
		char path[32];
		int i, n = (int)(next_random(&seed) % 6);

		for (i = 0; i < n; i++) {
			snprintf(path, sizeof(path), "n\"%d/x", i);
			fill_node(manifest_add(&m, path), &seed);
		}
		manifest_sort(&m);
		OK(manifest_print(&m, &one, &err));
		m.extra = json_pack("{s:i}", "zz", 0);
		OK(manifest_print(&m, &two, &err));
		assert_string_equal(two.p + two.n - strlen(more), more);
		assert_int_equal(one.n, two.n - strlen(more) + 2);
		assert_memory_equal(one.p, two.p, one.n - 2);
		assert_string_equal(one.p + one.n - 2, "}\n");

		buf_reset(&two);
		OK(manifest_parse(buf_bytes(&one), &back, &err));
		for (i = 0; i < n; i++)
			assert_null(back.nodes[i].extra);
		OK(manifest_print(&back, &two, &err));
		assert_string_equal(two.p, one.p);
	}
}

/* What says nothing, or is of no version that is known, is kept as it is. */
static void test_odd_members_are_kept(void **state)
{
	static const char no_log[] =
	    "\"log\":\"00000000000000000000000000000000"
	    "00000000000000000000000000000000\"";
	static const char *const members[] = {
		"\"since\":\"\"",
		"\"by\":[]",
		"\"doubts\":[]",
		no_log,
		"\"rows\":3",
		"\"later\":[{}]",
		"\"delivered\":1",
		"\"origin\":{}",
		"\"origin\":{\"blob\":\"12\",\"file\":\"\"}",
		"\"origin\":{\"blob\":\"12\",\"file\":\"a\",\"later\":1}",
		"\"origin\":{\"blob\":\"12\",\"file\":\"a\",\"include\":[]}",
		"\"origin\":{\"file\":\"a\"}",
		"\"origin\":7",
		"\"unstable\":false",
		"\"failure\":{}",
		"\"differs\":{}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(members); i++) {
		CLEANUP(buf_clear) struct buf text = { 0 }, again = { 0 };
		CLEANUP(manifest_clear) struct manifest m = { 0 };

		buf_printf(&text,
		    "{\"format\":\"sluice-manifest/1\",\"nodes\":{\"a\":{%s}}}",
		    members[i]);
		OK(manifest_parse(buf_bytes(&text), &m, &err));
		OK(manifest_print(&m, &again, &err));
		if (strstr(again.p, members[i]) == NULL)
			fail_msg("%s is not in %s", members[i], again.p);
	}
}

/* What a run builds, in any order, is the golden text. */
static void test_built(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	CLEANUP(manifest_clear) struct manifest back = { 0 };
	struct manifest_node *n;

	snprintf(m.tree, sizeof(m.tree),
	    "4444444444444444444444444444444444444444");
	snprintf(m.snapshot_date, sizeof(m.snapshot_date), "2026-11-20");
	m.snapshot = all(0x33);
	n = manifest_add(&m, "b");
	assert_non_null(n);
	n->state = NODE_BLOCKED;
	n->inputs = mem_array(2, sizeof(char *));
	n->inputs[0] = mem_strdup("z");
	n->inputs[1] = mem_strdup("a");
	n->n_inputs = 2;
	n->by = mem_array(1, sizeof(char *));
	n->by[0] = mem_strdup("z");
	n->n_by = 1;
	n = manifest_add(&m, "a");
	n->table = all(0x11);
	n->key = all(0x22);
	n->rows = 3;
	n->file = mem_strdup("a.sql");
	n->file_blob = mem_strdup("5555555555555555555555555555555555555555");
	n->delivered = true;
	OK(manifest_save(p->st, &m, &err));
	OK(store_get(p->st, &m.id, &text, &err));
	assert_string_equal(text.p,
	    "{\"format\":\"sluice-manifest/1\",\"nodes\":{"
	    "\"a\":{\"delivered\":true,\"inputs\":[],\"key\":"
	    "\"2222222222222222222222222222222222222222222222222222222222222222"
	    "\",\"origin\":{\"blob\":\"5555555555555555555555555555555555555555"
	    "\",\"file\":\"a.sql\"},\"rows\":3,\"state\":\"ok\",\"table\":"
	    "\"1111111111111111111111111111111111111111111111111111111111111111"
	    "\"},"
	    "\"b\":{\"by\":[\"z\"],\"delivered\":false,"
	    "\"inputs\":[\"a\",\"z\"],\"state\":\"blocked\"}},"
	    "\"parameters\":{},\"snapshot\":"
	    "\"3333333333333333333333333333333333333333333333333333333333333333"
	    "\",\"snapshot_date\":\"2026-11-20\",\"targets\":[],"
	    "\"tree\":\"4444444444444444444444444444444444444444\"}\n");
	OK(manifest_load(p->st, &m.id, &back, &err));
	assert_true(digest_eq(&back.id, &m.id));
	assert_int_equal(back.n, 2);
}

static void test_wrong_texts(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"[]",
		"null",
		"{\"format\":\"sluice-manifest/2\"}",
		"{\"format\":\"sluice-manifest/1\"}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":[]}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":{\"a\":1}}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":"
		"{\"a\":{\"state\":\"ok\"}}}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":"
		"{\"a\":{\"state\":\"waiting\",\"inputs\":[1]}}}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":"
		"{\"a\":{\"state\":\"waiting\",\"key\":\"12\"}}}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":"
		"{\"a\":{\"state\":\"waiting\",\"rows\":-1}}}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":"
		"{\"a\":{},\"a\":{}}}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":"
		"{\"a\":{\"state\":\"waiting\",\"tests\":{}}}}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":"
		"{\"a\":{\"state\":\"waiting\",\"tests\":[1]}}}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":"
		"{\"a\":{\"state\":\"waiting\",\"tests\":[{}]}}}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":{},\"tree\":"
		"\"33333333333333333333333333333333333333333\"}",
		"{\"format\":\"sluice-manifest/1\",\"nodes\":{},"
		"\"parameters\":{\"a\":1}}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		struct manifest m;
		struct run_record r;
		struct error why = { 0 };

		assert_int_equal(manifest_parse(bytes_of(texts[i]), &m, &why),
		    ERROR_CORRUPT);
		assert_true(why.msg[0] != '\0');
		assert_int_equal(m.n, 0);
		assert_int_equal(run_record_parse(bytes_of(texts[i]), &r, NULL),
		    ERROR_CORRUPT);
	}
}

/* A manifest cut anywhere is never taken for a whole one. */
static void test_every_prefix(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	size_t i;

	(void)state;
	read_golden("manifest.json", &text);
	for (i = 0; i + 1 < text.n; i++) {
		struct manifest m;

		assert_int_equal(
		    manifest_parse((struct bytes){ text.p, i }, &m, NULL),
		    ERROR_CORRUPT);
	}
}

/* What tests said, and which nodes production may take. */
static void test_verdicts(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	const struct manifest_node *n;
	const struct manifest_test *t;
	struct digest d = all(0x77);

	(void)state;
	read_golden("manifest-tests.json", &text);
	OK(manifest_parse(buf_bytes(&text), &m, &err));
	n = manifest_find(&m, "A/Lab");
	assert_int_equal(n->verdicts.n, 5);
	t = n->verdicts.tests;
	assert_int_equal(t[0].verdict, VERDICT_OK);
	assert_false(verdict_blocks(&t[0]));
	assert_string_equal(t[1].test, "range(v, 0, 10)");
	assert_string_equal(t[1].at, "A/Lab:2");
	assert_true(t[1].rows == 2);
	assert_true(digest_eq(&t[1].table, &d));
	assert_true(verdict_blocks(&t[1]));
	assert_true(t[2].is_whole && t[2].is_warning);
	assert_false(verdict_blocks(&t[2]));
	assert_int_equal(t[3].verdict, VERDICT_ERROR);
	assert_true(verdict_blocks(&t[3]));
	assert_int_equal(t[4].verdict, VERDICT_BLOCKED);
	assert_true(digest_is_null(&t[4].key));
	assert_false(verdict_blocks(&t[4]));
	assert_null(n->extra);
	assert_false(manifest_is_well(n));
	n = manifest_find(&m, "B/Sum");
	assert_int_equal(n->n_doubts, 1);
	assert_string_equal(n->doubts[0], "A/Lab");
	d = all(0x22);
	assert_true(digest_eq(&n->verdicts.tests[0].expected, &d));
	assert_string_equal(n->verdicts.tests[1].why,
	    "B/Sum.test/two/expect.csv: it has no column 'v'");
	assert_false(manifest_is_well(n));
}

/* By column; what is no tolerance is passed through, and means nothing. */
static void test_tolerances(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	const struct manifest_node *n;

	(void)state;
	read_golden("manifest-tolerance.json", &text);
	OK(manifest_parse(buf_bytes(&text), &m, &err));
	n = manifest_find(&m, "A/Dose");
	assert_int_equal(n->tolerances.n, 2);
	assert_string_equal(n->tolerances.p[0].column, "dose");
	assert_string_equal(n->tolerances.p[0].most, "1e-9");
	assert_string_equal(n->tolerances.p[1].column, "rate");
	assert_string_equal(n->tolerances.p[1].most, "0.5");
	n = manifest_find(&m, "B/Later");
	assert_int_equal(n->tolerances.n, 1);
	assert_string_equal(n->tolerances.p[0].column, "a");
}

static void test_run_record_of_tests(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, again = { 0 };
	CLEANUP(run_record_clear) struct run_record r = { 0 };

	(void)state;
	read_golden("run-tests.json", &text);
	OK(run_record_parse(buf_bytes(&text), &r, &err));
	assert_int_equal(r.n, 1);
	assert_int_equal(r.n_tests, 2);
	assert_string_equal(r.tests[0].path, "A/Lab: not_null(id)");
	assert_int_equal(r.tests[0].ms, 12);
	assert_string_equal(r.tests[1].status, "reused");
	OK(run_record_print(&r, &again, &err));
	assert_string_equal(again.p, text.p);
}

/* What a comparison on the same sources was made with. */
static void test_run_record_of_cells(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, again = { 0 };
	CLEANUP(run_record_clear) struct run_record r = { 0 };
	struct digest d = all(0x77);

	(void)state;
	read_golden("run-fair.json", &text);
	OK(run_record_parse(buf_bytes(&text), &r, &err));
	assert_true(digest_eq(&r.fair_manifest, &d));
	assert_string_equal(r.not_fair, "the base's code fails");
	assert_null(r.extra);
	OK(run_record_print(&r, &again, &err));
	assert_string_equal(again.p, text.p);
}

static void test_run_record(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf again = { 0 };
	CLEANUP(run_record_clear) struct run_record r = { 0 };
	struct digest d = all(0x44);

	(void)state;
	read_golden("run.json", &text);
	OK(run_record_parse(buf_bytes(&text), &r, &err));
	assert_string_equal(r.branch, "exp/albumin");
	assert_string_equal(r.run, "6666666666666666666666666666666666666666");
	assert_string_equal(r.reason, "disk was full");
	assert_true(r.started == 1795305808513);
	assert_true(r.ended == 1795305811000);
	assert_true(digest_eq(&r.manifest, &d));
	assert_int_equal(r.n, 3);
	assert_string_equal(r.nodes[0].status, "reused");
	assert_string_equal(r.nodes[0].by,
	    "5555555555555555555555555555555555555555");
	assert_null(r.nodes[0].cause);
	assert_int_equal(r.nodes[1].ms, 1234);
	assert_string_equal(r.nodes[2].cause, "input ClinicB/Lab");
	OK(run_record_print(&r, &again, &err));
	assert_string_equal(again.p, text.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_is_read),
		cmocka_unit_test(test_golden_unstable),
		cmocka_unit_test(test_golden_round_trip),
		cmocka_unit_test(test_later_version),
		cmocka_unit_test(test_printed_both_ways),
		cmocka_unit_test(test_odd_members_are_kept),
		cmocka_unit_test_setup_teardown(test_built, place_open,
		    place_close),
		cmocka_unit_test(test_wrong_texts),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_run_record),
		cmocka_unit_test(test_run_record_of_cells),
		cmocka_unit_test(test_tolerances),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_run_record_of_tests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
