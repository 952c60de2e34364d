/* records: rows that are taken while a worker writes them make the table of
 * rows that are taken when it is done, and the same errors. */
#include "tests/unit/cache/store_help.h"
#include "tests/unit/runner/worker_help.h"

#include "runner/records.h"

/* Some 3 MB of text, so that rows go early more than once. */
#define NUMBERS                                                    \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 " \
	"FROM n WHERE i < 100000) SELECT "

/* What one way came to. */
struct outcome {
	int rc, early;
	struct error why;
	struct table table;
	bool is_well;
};

struct taking {
	struct records *records;
	int early;
};

static void take_early(const json_t *message, void *payload)
{
	struct taking *t = payload;

	t->early++;
	records_early(message, t->records);
}

static void execute(struct store *st, struct worker *w, const char *sql,
    const struct table_spec *spec, bool is_early, struct outcome *out)
{
	struct call c = call_open();
	struct taking taking = { 0 };
	int fds[] = { call_file((struct bytes){ "", 0 }),
		call_file((struct bytes){ "", 0 }) };

	*out = (struct outcome){ 0 };
	json_object_set_new(c.request, "op", json_string("run"));
	json_object_set_new(c.request, "body", json_string(sql));
	if (is_early)
		json_object_set_new(c.request, "early", json_true());
	OK(records_open(st, spec, fds[1], &taking.records, &err));
	OK(worker_call(w,
	    &(struct worker_call){ .request = c.request,
	        .fds = fds,
	        .n_fds = 2,
	        .early = take_early,
	        .payload = &taking,
	        .timeout_ms = 60000 },
	    &c.reply, &err));
	out->early = taking.early;
	out->is_well = strcmp(call_str(&c, "status"), "ok") == 0;
	if (out->is_well)
		out->rc = records_finish(taking.records, c.reply, &out->table,
		    &out->why);
	records_close(taking.records);
	close(fds[0]);
	close(fds[1]);
	call_close(&c);
}

/* Both ways. */
static void compare(struct store *st, struct worker *w, const char *columns,
    const struct table_spec *spec, struct outcome *out)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	struct outcome late;

	buf_printf(&sql, NUMBERS "%s FROM n", columns);
	execute(st, w, sql.p, spec, true, out);
	execute(st, w, sql.p, spec, false, &late);
	assert_true(out->early > 0);
	assert_int_equal(late.early, 0);
	assert_int_equal(out->is_well, late.is_well);
	assert_int_equal(out->rc, late.rc);
	assert_string_equal(out->why.msg, late.why.msg);
	assert_true(digest_eq(&out->table.id, &late.table.id));
	assert_int_equal(out->table.rows, late.table.rows);
	table_clear(&late.table);
}

static void test_agree(void **state)
{
	/* what the columns are, and what types they come to in the end */
	static const struct {
		const char *columns;
		enum type_kind first, second;
	} cases[] = {
		{ "i AS a, 'name of number ' || i AS b", TYPE_INTEGER,
		    TYPE_TEXT },
		{ "100001 - i AS a, 'the other way round' || i AS b",
		    TYPE_INTEGER, TYPE_TEXT },
		/* the last row makes it another type */
		{ "iif(i = 100000, 0.5, i) AS a, 'name of number ' || i AS b",
		    TYPE_REAL, TYPE_TEXT },
		{ "iif(i = 100000, 'x', i) AS a, 'name of number ' || i AS b",
		    TYPE_TEXT, TYPE_TEXT },
		{ "iif(i % 2, i, i / 8.0) AS a, 'name of number ' || i AS b",
		    TYPE_REAL, TYPE_TEXT },
		/* nothing is known of it until late */
		{ "iif(i < 90000, NULL, i) AS a, 'name of number ' || i || "
		  "'which is long' AS b",
		    TYPE_INTEGER, TYPE_TEXT },
	};
	struct place *p = *state;
	struct worker *w = start();
	struct table_spec spec = { 0 };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome o;

		compare(p->st, w, cases[i].columns, &spec, &o);
		assert_int_equal(o.rc, 0);
		assert_int_equal(o.table.rows, 100000);
		assert_int_equal(o.table.columns[0].type.kind, cases[i].first);
		assert_int_equal(o.table.columns[1].type.kind, cases[i].second);
		table_clear(&o.table);
	}
	worker_close(w);
}

/* Rows that break the key early, and one that breaks the code late. */
static void test_errors(void **state)
{
	const char *key[] = { "a" };
	struct table_spec spec = { .key = key, .n_key = 1 };
	struct place *p = *state;
	struct worker *w = start();
	struct outcome o;

	compare(p->st, w, "max(i, 2) AS a, 'name of number ' || i AS b", &spec,
	    &o);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.table.rows, 100000);
	assert_int_equal(o.table.n_offending, 2);
	table_clear(&o.table);
	compare(p->st, w,
	    "max(i, 2) AS a, 'name of number ' || i || "
	    "iif(i = 100000, abs(-9223372036854775808), 0) AS b",
	    &spec, &o);
	assert_false(o.is_well);
	worker_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_agree, place_open,
		    place_close),
		cmocka_unit_test_setup_teardown(test_errors, place_open,
		    place_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
