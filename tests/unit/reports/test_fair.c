/*
 * fair: four cells of one table, with what each step does known beforehand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "reports/report.h"
#include "tests/unit/reports/store_bed.h"

static struct digest name(const char *text)
{
	struct digest d;

	assert_int_equal(digest_of(bytes_of(text), &d, NULL), 0);
	return d;
}

/* A delivered node whose rows are "id,value" with the key id. */
static void add(struct manifest *m, const char *path, const char *csv)
{
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(table_notes_clear) struct table_notes notes = { 0 };
	struct column columns[] = { { .name = (char[]){ "id" } },
		{ .name = (char[]){ "value" } } };
	const char *key[] = { "id" }, *names[] = { "test" };
	const struct table_spec spec = { .columns = columns,
		.n_columns = 2,
		.key = key,
		.n_key = 1 };
	struct bytes text = bytes_of(csv);
	const struct table_import in = { .texts = &text,
		.names = names,
		.n_texts = 1 };
	struct manifest_node *n = manifest_add(m, path);

	assert_non_null(n);
	n->delivered = true;
	n->key = name(csv);
	if (csv[0] == '\0') {
		n->state = NODE_FAILED;
		return;
	}
	assert_int_equal(type_parse("integer", &columns[0].type, NULL), 0);
	assert_int_equal(type_parse("text", &columns[1].type, NULL), 0);
	assert_int_equal(table_import(st, &in, &spec, &t, &notes, NULL), 0);
	n->state = NODE_OK;
	n->table = t.id;
	n->rows = t.rows;
}

/* The base's own run, its code on the new sources, and the head's. */
struct cells {
	struct manifest own, cell, head;
	struct report r;
};

static void start(struct cells *c)
{
	*c = (struct cells){ 0 };
	c->own.snapshot = name("yesterday");
	c->cell.snapshot = c->head.snapshot = name("today");
	strcpy(c->own.snapshot_date, "2026-11-19");
	strcpy(c->cell.snapshot_date, "2026-11-20");
	strcpy(c->head.snapshot_date, "2026-11-20");
}

static void compare(struct cells *c)
{
	assert_int_equal(report_make(st, &c->cell, &c->head, NULL, &c->r, NULL),
	    0);
	assert_int_equal(report_add_fresh(&c->r, &c->own, NULL), 0);
	assert_true(c->r.is_fair);
}

static void finish(struct cells *c)
{
	report_clear(&c->r);
	manifest_clear(&c->own);
	manifest_clear(&c->cell);
	manifest_clear(&c->head);
}

static void is(const struct report_fresh *f, uint64_t before, uint64_t after,
    uint64_t added, uint64_t removed, uint64_t changed)
{
	assert_true(f->is_known);
	assert_int_equal(f->before, before);
	assert_int_equal(f->after, after);
	assert_int_equal(f->added, added);
	assert_int_equal(f->removed, removed);
	assert_int_equal(f->changed, changed);
}

/* A: fresh data adds two rows and changes one, the code changes one. B: the
 * code alone. C: fresh data alone. D: neither. */
static void each_has_its_own_effect(void **state)
{
	struct cells c;

	(void)state;
	start(&c);
	add(&c.own, "A", "id,value\n1,a\n2,b\n");
	add(&c.cell, "A", "id,value\n1,a\n2,B\n3,c\n4,d\n");
	add(&c.head, "A", "id,value\n1,a\n2,B\n3,C\n4,d\n");
	add(&c.own, "B", "id,value\n1,a\n");
	add(&c.cell, "B", "id,value\n1,a\n");
	add(&c.head, "B", "id,value\n1,b\n");
	add(&c.own, "C", "id,value\n1,a\n");
	add(&c.cell, "C", "id,value\n2,a\n");
	add(&c.head, "C", "id,value\n2,a\n");
	add(&c.own, "D", "id,value\n1,a\n");
	add(&c.cell, "D", "id,value\n1,a\n");
	add(&c.head, "D", "id,value\n1,a\n");
	compare(&c);
	assert_int_equal(c.r.n_tables, 2);
	assert_string_equal(c.r.tables[0].node->path, "A");
	assert_int_equal(c.r.tables[0].diff.changed, 1);
	assert_int_equal(c.r.tables[0].diff.added, 0);
	is(&c.r.tables[0].fresh, 2, 4, 2, 0, 1);
	assert_string_equal(c.r.tables[1].node->path, "B");
	is(&c.r.tables[1].fresh, 1, 1, 0, 0, 0);
	assert_int_equal(c.r.n_fresh, 2);
	assert_string_equal(c.r.fresh[0].node->path, "A");
	is(&c.r.fresh[0].fresh, 2, 4, 2, 0, 1);
	assert_string_equal(c.r.fresh[1].node->path, "C");
	is(&c.r.fresh[1].fresh, 1, 1, 1, 1, 0);
	finish(&c);
}

/* Where the base's code has no table of the new sources nothing is claimed. */
static void what_is_not_there_is_not_known(void **state)
{
	struct cells c;

	(void)state;
	start(&c);
	add(&c.own, "A", "id,value\n1,a\n");
	add(&c.cell, "A", "");
	add(&c.head, "A", "id,value\n1,b\n");
	add(&c.cell, "B", "id,value\n1,a\n");
	add(&c.head, "B", "id,value\n1,b\n");
	compare(&c);
	assert_int_equal(c.r.n_tables, 2);
	assert_int_equal(c.r.tables[0].change, TABLE_BACK);
	assert_false(c.r.tables[0].fresh.is_known);
	assert_int_equal(c.r.tables[1].change, TABLE_CHANGED);
	assert_false(c.r.tables[1].fresh.is_known);
	assert_int_equal(c.r.n_fresh, 0);
	finish(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_own_effect),
		cmocka_unit_test(what_is_not_there_is_not_known),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
