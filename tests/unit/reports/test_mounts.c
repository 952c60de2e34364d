/*
 * mounts: manifests made here, places and what befell them known beforehand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/mem.h"
#include "reports/report.h"

static struct digest name(const char *text)
{
	struct digest d;

	assert_int_equal(digest_of(bytes_of(text), &d, NULL), 0);
	return d;
}

/* A node of file's, brought by a mount file (NULL: its own). Its key is what
 * stands there with its path, its table what stands there alone. */
static struct manifest_node *add(struct manifest *m, const char *path,
    const char *file, const char *mount, const char *key, const char *table)
{
	struct manifest_node *n = manifest_add(m, path);
	char text[128];

	assert_non_null(n);
	n->file = mem_strdup(file);
	n->file_blob = mem_strdup("1111111111111111111111111111111111111111");
	if (mount != NULL) {
		n->include = mem_array(1, sizeof(*n->include));
		n->include[0] = mem_strdup(mount);
		n->n_include = 1;
	}
	snprintf(text, sizeof(text), "%s %s", path, key);
	n->key = name(text);
	n->state = NODE_OK;
	if (table != NULL)
		n->table = name(table);
	else
		n->state = NODE_FAILED;
	return n;
}

static void set_blob(struct manifest_node *n)
{
	memset(n->file_blob, '2', 40);
}

static void read_node(struct manifest_node *n, const char *input)
{
	n->inputs = mem_array(1, sizeof(*n->inputs));
	n->inputs[0] = mem_strdup(input);
	n->n_inputs = 1;
}

/* The report's part alone: the tables that differ, by their paths. */
struct world {
	struct manifest before, after;
	struct report_table tables[8];
	struct report r;
};

static void start(struct world *w)
{
	*w = (struct world){ 0 };
	w->r.before = &w->before;
	w->r.after = &w->after;
	w->r.tables = w->tables;
	w->r.is_fair = true;
}

static void differs(struct world *w, const char *path)
{
	w->tables[w->r.n_tables].change = TABLE_CHANGED;
	w->tables[w->r.n_tables++].node = manifest_find(&w->after, path);
}

/* "A changed 2 1, B same 1 0" */
static void expect(struct world *w, const char *wanted)
{
	CLEANUP(buf_clear) struct buf got = { 0 };
	size_t i;

	assert_int_equal(
	    report_mounts_make(&w->r, &w->r.mounts, &w->r.n_mounts, NULL), 0);
	for (i = 0; i < w->r.n_mounts; i++)
		buf_printf(&got, "%s%s %s %zu %zu", i ? ", " : "",
		    w->r.mounts[i].name,
		    mount_effect_name(w->r.mounts[i].effect),
		    w->r.mounts[i].n_nodes, w->r.mounts[i].n_changed);
	assert_string_equal(got.p ? got.p : "", wanted);
	report_mounts_clear(w->r.mounts, w->r.n_mounts);
	w->r.mounts = NULL;
	w->r.n_mounts = 0;
}

static void finish(struct world *w)
{
	manifest_clear(&w->before);
	manifest_clear(&w->after);
}

static void one_file_of_the_library(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	add(&w.before, "A/Lab", "lib/Lab.sql", "A/mount", "1", "a");
	add(&w.before, "A/Sum", "lib/Sum.sql", "A/mount", "1", "s");
	add(&w.before, "B/Lab", "lib/Lab.sql", "B/mount", "1", "b");
	add(&w.before, "C/Lab", "C/Lab.sql", NULL, "1", "c");
	add(&w.before, "C/Sum", "lib/Sum.sql", "C/mount", "1", "s");
	add(&w.before, "D/Lab", "lib/Lab.sql", "D/mount", "1", "d");
	add(&w.before, "E/Lab", "E/Lab.sql", NULL, "1", "e");
	set_blob(add(&w.after, "A/Lab", "lib/Lab.sql", "A/mount", "2", "a2"));
	add(&w.after, "A/Sum", "lib/Sum.sql", "A/mount", "2", "s");
	set_blob(add(&w.after, "B/Lab", "lib/Lab.sql", "B/mount", "2", "b"));
	add(&w.after, "C/Lab", "C/Lab.sql", NULL, "1", "c");
	add(&w.after, "C/Sum", "lib/Sum.sql", "C/mount", "1", "s");
	set_blob(add(&w.after, "D/Lab", "lib/Lab.sql", "D/mount", "2", NULL));
	add(&w.after, "E/Lab", "E/Lab.sql", NULL, "1", "e");
	differs(&w, "A/Lab");
	/* E has nothing of the library */
	expect(&w, "A changed 2 1, B same 1 0, C overrides 0 0, D failed 1 0");
	finish(&w);
}

/* What only one place has is no shared library; what two places change in
 * their own files is none either; nor is a comment, which changes no key. */
static void what_is_not_shared_has_no_list(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	add(&w.before, "A/Lab", "lib/Lab.sql", "A/mount", "1", "a");
	add(&w.before, "A/Own", "A/Own.sql", NULL, "1", "o");
	add(&w.before, "B/Own", "B/Own.sql", NULL, "1", "o");
	set_blob(add(&w.after, "A/Lab", "lib/Lab.sql", "A/mount", "2", "a2"));
	set_blob(add(&w.after, "A/Own", "A/Own.sql", NULL, "2", "o2"));
	set_blob(add(&w.after, "B/Own", "B/Own.sql", NULL, "2", "o2"));
	differs(&w, "A/Lab");
	expect(&w, "");
	finish(&w);
	start(&w);
	add(&w.before, "A/Lab", "lib/Lab.sql", "A/mount", "1", "a");
	add(&w.before, "B/Lab", "lib/Lab.sql", "B/mount", "1", "b");
	set_blob(add(&w.after, "A/Lab", "lib/Lab.sql", "A/mount", "1", "a"));
	set_blob(add(&w.after, "B/Lab", "lib/Lab.sql", "B/mount", "1", "b"));
	expect(&w, "");
	finish(&w);
}

/* A helper or a group file is seen in the keys; what follows from other
 * tables, or from other sources, is not the library's. */
static void keys_that_differ_by_themselves(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	add(&w.before, "A/Lab", "lib/Lab.sql", "A/mount", "1", "a");
	add(&w.before, "A/Raw", "A/Raw.csv", NULL, "1", "r");
	add(&w.before, "B/Lab", "lib/Lab.sql", "B/mount", "1", "b");
	add(&w.before, "B/Raw", "B/Raw.csv", NULL, "1", "r");
	read_node(add(&w.after, "A/Lab", "lib/Lab.sql", "A/mount", "2", "a2"),
	    "A/Raw");
	add(&w.after, "A/Raw", "A/Raw.csv", NULL, "1", "r");
	read_node(add(&w.after, "B/Lab", "lib/Lab.sql", "B/mount", "2", "b2"),
	    "B/Raw");
	add(&w.after, "B/Raw", "B/Raw.csv", NULL, "1", "r");
	differs(&w, "A/Lab");
	differs(&w, "B/Lab");
	expect(&w, "A changed 1 1, B changed 1 1");
	w.r.is_fair = false;
	expect(&w, "");
	w.r.is_fair = true;
	/* now by what they read */
	w.after.nodes[1].table = w.after.nodes[3].table = name("r2");
	expect(&w, "");
	finish(&w);
}

/* New in the library, gone from it, at the root, below another mount. */
static void files_come_and_go(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	add(&w.before, "A/Old", "lib/Old.sql", "A/mount", "1", "x");
	add(&w.before, "B/b/Old", "lib/Old.sql", "B/b/mount", "1", "x");
	add(&w.after, "A/New", "lib/New.sql", "A/mount", "1", "x");
	add(&w.after, "B/b/New", "lib/New.sql", "B/b/mount", "1", "x");
	differs(&w, "A/New");
	expect(&w, "A changed 1 1, B/b same 1 0");
	finish(&w);
	start(&w);
	add(&w.before, "A/Lab", "lib/Lab.sql", "A/mount", "1", "a");
	add(&w.before, "Lab", "lib/Lab.sql", "mount", "1", "l");
	set_blob(add(&w.after, "A/Lab", "lib/Lab.sql", "A/mount", "2", "a"));
	set_blob(add(&w.after, "Lab", "lib/Lab.sql", "mount", "2", "l2"));
	differs(&w, "Lab");
	expect(&w, "/ changed 2 1, A same 1 0");
	finish(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_file_of_the_library),
		cmocka_unit_test(what_is_not_shared_has_no_list),
		cmocka_unit_test(keys_that_differ_by_themselves),
		cmocka_unit_test(files_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
