/* Large and hostile pipelines: they end, within their limits. */
#include "tests/unit/lang/fixture.h"

#include <stdio.h>

/* Files as they are made. */
struct files {
	struct arena a;
	struct memory_file *list;
	size_t n, cap;
};

static void add(struct files *f, const char *path, const char *text)
{
	struct memory_file *more =
	    mem_grow(f->list, f->n, &f->cap, sizeof(*more));

	assert_non_null(more);
	f->list = more;
	more[f->n].path = arena_strdup(&f->a, path);
	more[f->n++].text = bytes_of(arena_strdup(&f->a, text));
}

static void clear(struct files *f)
{
	mem_free(f->list);
	arena_clear(&f->a);
}

static void test_a_library_mounted_by_two_hundred(void **state)
{
	struct files f = { 0 };
	char path[64], text[200];
	struct loaded x;
	int i;

	(void)state;
	add(&f, "lib/g", "@abstract\n@param site\n");
	for (i = 0; i < 500; i++) {
		snprintf(path, sizeof(path), "lib/N%d.sql", i);
		if (i > 0)
			snprintf(text, sizeof(text),
			    SQL "@depend ./N%d as p\nSELECT {{site}}, %d\n",
			    i / 2, i);
		else
			snprintf(text, sizeof(text), SQL "SELECT 0\n");
		add(&f, path, text);
	}
	for (i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "C%d/m", i);
		snprintf(text, sizeof(text), "@include /lib site=s%d\n", i);
		add(&f, path, text);
	}
	load(&x, f.list, f.n, NULL);
	assert_int_equal(x.p->n_errors, 0);
	assert_int_equal(x.p->n, 100000);
	assert_body(&x, "C199/N499", "SELECT 's199', 499\n");
	assert_string_equal(input_of(&x, "C7/N9", "p"), "C7/N4");
	unload(&x);
	clear(&f);
}

static void test_a_chain_of_ten_thousand(void **state)
{
	struct files f = { 0 };
	char path[64], text[200];
	bool *set;
	struct loaded x;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < 10000; i++) {
		snprintf(path, sizeof(path), "d%zu/N%zu.sql", i % 10, i);
		snprintf(text, sizeof(text),
		    SQL "@depend /d%zu/N%zu as p\nSELECT 1\n", (i - 1) % 10,
		    i - 1);
		add(&f, path, i ? text : SQL "SELECT 1\n");
	}
	load(&x, f.list, f.n, NULL);
	assert_int_equal(x.p->n_errors, 0);
	assert_string_equal(x.p->nodes[x.p->order[9999]].path, "d9/N9999");
	set = mem_array(x.p->n, sizeof(*set));
	set[x.p->order[9999]] = true;
	pipeline_close_over_inputs(x.p, set);
	for (i = 0; i < x.p->n; i++)
		n += set[i];
	assert_int_equal(n, 10000);
	mem_free(set);
	unload(&x);
	clear(&f);
}

static void test_a_circle_of_ten_thousand(void **state)
{
	struct files f = { 0 };
	char path[64], text[200];
	const char *message;
	struct loaded x;
	size_t i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		snprintf(path, sizeof(path), "N%05zu.sql", i);
		snprintf(text, sizeof(text),
		    SQL "@depend ./N%05zu as p\nSELECT 1\n",
		    (i + 9999) % 10000);
		add(&f, path, text);
	}
	load(&x, f.list, f.n, NULL);
	assert_int_equal(x.rc, ERROR_CYCLE);
	assert_int_equal(x.p->n_errors, 1);
	message = x.p->diagnostics[0].message;
	for (i = 0; (message = strchr(message, 'N')) != NULL; message++)
		i++;
	/* the first once more at the end: all are shown or counted */
	assert_int_equal(i, 30 + 1);
	assert_non_null(strstr(x.p->diagnostics[0].message, "(9970 more) -> "));
	unload(&x);
	clear(&f);
}

static void test_a_mount_that_doubles_forty_times(void **state)
{
	struct files f = { 0 };
	char path[64], text[64];
	struct loaded x;
	int i;

	(void)state;
	for (i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "@include /L%d\n", i + 1);
		snprintf(path, sizeof(path), "L%d/a/m", i);
		add(&f, path, text);
		snprintf(path, sizeof(path), "L%d/b/m", i);
		add(&f, path, text);
	}
	add(&f, "L40/X.sql", SQL "SELECT 1\n");
	load(&x, f.list, f.n, NULL);
	assert_int_equal(x.rc, ERROR_SYNTAX);
	assert_non_null(strstr(x.err.msg, "mounts bring more than"));
	assert_non_null(strstr(x.err.path, "/m"));
	assert_true(x.p->arena.used < (size_t)500 << 20);
	unload(&x);
	clear(&f);
}

static void test_includes_and_directories_in_each_other(void **state)
{
	CLEANUP(buf_clear) struct buf deep = { 0 };
	struct files f = { 0 };
	char path[64], text[64];
	struct loaded x;
	int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "I%d.sql", i);
		snprintf(text, sizeof(text), "@include ./I%d\n", i + 1);
		add(&f, path, text);
	}
	for (i = 0; i < 1000; i++)
		buf_add_str(&deep, "d/");
	buf_add_str(&deep, "X.csv");
	add(&f, "I200.sql", SQL "SELECT 1\n");
	add(&f, deep.p, "a\n");
	load(&x, f.list, f.n, NULL);
	assert_int_equal(x.rc, ERROR_SYNTAX);
	assert_int_not_equal(x.p->n_errors, 0);
	unload(&x);
	clear(&f);
}

static void test_a_header_of_a_megabyte(void **state)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct memory_file file = { .path = "X.sql" };
	struct loaded x;
	int i;

	(void)state;
	buf_add_str(&b, SQL);
	for (i = 0; i < 30000; i++)
		buf_printf(&b, "@column c%d int Gy \"dose\"\n", i);
	buf_add_str(&b, "SELECT 1\n");
	file.text = buf_bytes(&b);
	load(&x, &file, 1, NULL);
	assert_said(&x, "");
	assert_int_equal(node_of(&x, "X")->contract.n_columns, 30000);
	unload(&x);
}

/* What was meant is searched for the errors that are told, not for all. */
static void test_twenty_thousand_errors(void **state)
{
	struct files f = { 0 };
	char path[64], text[200];
	struct loaded x;
	int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		snprintf(path, sizeof(path), "Node%d.sql", i);
		snprintf(text, sizeof(text),
		    SQL "@depend ./Nobody%d as x\nSELECT {{sit%d}}\n", i, i);
		add(&f, path, text);
	}
	load(&x, f.list, f.n, NULL);
	assert_int_equal(x.p->n_errors, 100);
	unload(&x);
	clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_library_mounted_by_two_hundred),
		cmocka_unit_test(test_a_chain_of_ten_thousand),
		cmocka_unit_test(test_a_circle_of_ten_thousand),
		cmocka_unit_test(test_a_mount_that_doubles_forty_times),
		cmocka_unit_test(test_includes_and_directories_in_each_other),
		cmocka_unit_test(test_a_header_of_a_megabyte),
		cmocka_unit_test(test_twenty_thousand_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
