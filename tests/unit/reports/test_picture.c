/*
 * affected, picture: which nodes are shown, what Graphviz is asked, and what
 * is read of its answers. Answers were written by hand after its manual; that
 * Graphviz itself gives such ones is shown end to end.
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
#include "reports/picture.h"

/* A manifest of n nodes "000".. and a report about it. */
struct scene {
	struct manifest before, after;
	struct report r;
	struct affected a;
};

static void scene_clear(struct scene *s)
{
	affected_clear(&s->a);
	manifest_clear(&s->before);
	manifest_clear(&s->after);
}

static void add_nodes(struct manifest *m, size_t n)
{
	char path[32];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%03zu", i);
		assert_non_null(manifest_add(m, path));
		m->nodes[i].table.bytes[0] = 1;
	}
}

static void add_input(struct manifest *m, size_t node, size_t input)
{
	struct manifest_node *n = &m->nodes[node];
	char path[32];

	if (n->inputs == NULL)
		n->inputs = mem_array(64, sizeof(*n->inputs));
	snprintf(path, sizeof(path), "%03zu", input);
	assert_non_null(n->inputs);
	n->inputs[n->n_inputs++] = mem_strdup(path);
}

static void touch(struct manifest *m, size_t node)
{
	m->nodes[node].table.bytes[0] = 2;
}

/* Executed again, with the same table. */
static void rerun(struct manifest *m, size_t node)
{
	m->nodes[node].key.bytes[0] = 2;
}

static void show(struct scene *s)
{
	s->r.after = &s->after;
	s->r.before = &s->before;
	assert_int_equal(affected_make(&s->r, &s->a, NULL), 0);
}

/* n nodes on both sides, each reads the one before. */
static void make_chain(struct scene *s, size_t n)
{
	size_t i;

	add_nodes(&s->before, n);
	add_nodes(&s->after, n);
	for (i = 1; i < n; i++)
		add_input(&s->after, i, i - 1);
}

static void neighbours_are_shown_and_no_more(void **state)
{
	CLEANUP(scene_clear) struct scene s = { 0 };

	(void)state;
	make_chain(&s, 100);
	touch(&s.after, 40);
	show(&s);
	assert_int_equal(s.a.n_touched, 1);
	assert_int_equal(s.a.n_shown, 3);
	assert_string_equal(s.a.shown[0]->node->path, "039");
	assert_string_equal(s.a.shown[2]->node->path, "041");
	assert_int_equal(s.a.shown[1]->mark, MARK_CHANGED);
}

/* 300 were executed, of which two differ: those and what is next to them. */
static void of_many_only_what_differs_is_shown(void **state)
{
	CLEANUP(scene_clear) struct scene s = { 0 };
	size_t i;

	(void)state;
	make_chain(&s, 400);
	for (i = 50; i < 350; i++)
		rerun(&s.after, i);
	touch(&s.after, 50);
	touch(&s.after, 60);
	show(&s);
	assert_int_equal(s.a.n_touched, 300);
	assert_int_equal(s.a.n_shown, 6);
	assert_string_equal(s.a.shown[0]->node->path, "049");
	assert_string_equal(s.a.shown[5]->node->path, "061");
}

static void too_many_are_a_list(void **state)
{
	CLEANUP(scene_clear) struct scene s = { 0 };
	size_t i;

	(void)state;
	make_chain(&s, 400);
	for (i = 0; i < AFFECTED_PICTURE + 1; i++)
		touch(&s.after, i);
	show(&s);
	assert_int_equal(s.a.n_shown, AFFECTED_PICTURE + 1);
}

static void rename_node(struct manifest_node *n, const char *path)
{
	mem_free(n->path);
	n->path = mem_strdup(path);
}

static void nothing_of_a_name_is_asked(void **state)
{
	CLEANUP(scene_clear) struct scene s = { 0 };
	CLEANUP(buf_clear) struct buf dot = { 0 };

	(void)state;
	make_chain(&s, 3);
	touch(&s.after, 1);
	rename_node(&s.before.nodes[2], "z\"];system(1)");
	rename_node(&s.after.nodes[2], "z\"];system(1)");
	show(&s);
	picture_dot(&s.a, &dot);
	assert_int_equal(buf_check(&dot, NULL), 0);
	assert_null(strstr(dot.p, "system"));
	assert_non_null(strstr(dot.p, "\tn2;\n"));
	assert_non_null(strstr(dot.p, "\tn0 -> n1;\n"));
	assert_non_null(strstr(dot.p, "\tn1 -> n2;\n"));
	assert_null(strstr(dot.p, "n3"));
}

#define TWO_NODES                                                    \
	"graph 1 7.5 2\n"                                            \
	"node n0 1.5 0.5 2.8333 0.80556 \"\" solid box black grey\n" \
	"node n1 5.5 1.5 2.8333 0.80556 \"\" solid box black grey\n"

static void places_are_read(void **state)
{
	CLEANUP(picture_clear) struct picture p = { 0 };

	(void)state;
	assert_int_equal(picture_parse(TWO_NODES
	                     "edge n0 n1 7 3 0.5 3.5 0.5 3.75 0.75 4 1 "
	                     "4.1 1.1 4.2 1.2 4.25 1.25 solid black\n"
	                     "stop\n",
	                     2, &p, NULL),
	    0);
	/* 72 pixels an inch, a margin of 10, y downwards */
	assert_int_equal(p.width, 540 + 20);
	assert_int_equal(p.height, 144 + 20);
	assert_int_equal(p.boxes[0].x, 108 + 10);
	assert_int_equal(p.boxes[0].y, 108 + 10);
	assert_int_equal(p.boxes[1].y, 36 + 10);
	assert_int_equal(p.n_edges, 1);
	assert_int_equal(p.edges[0].from, 0);
	assert_int_equal(p.edges[0].to, 1);
	assert_int_equal(p.edges[0].n, 7);
	assert_int_equal(p.points[p.edges[0].first].x, 216 + 10);
	assert_int_equal(p.points[p.edges[0].first + 6].x, 306 + 10);
	assert_int_equal(p.points[p.edges[0].first + 6].y, 54 + 10);
}

static void what_is_no_answer_is_refused(void **state)
{
	static const char *const answers[] = { "", "stop\n", TWO_NODES,
		"graph 1 7.5 2\nnode n0 1 1\nstop\n", /* n1 stands nowhere */
		TWO_NODES "node n2 1 1\nstop\n", TWO_NODES "node x 1 1\nstop\n",
		TWO_NODES "node n0 nan 1\nstop\n",
		TWO_NODES "node n0 1e300 1\nstop\n",
		TWO_NODES "edge n0 n1 3 1 1 1 1 1 1\nstop\n",
		TWO_NODES "edge n0 n1 5 1 1 1 1 1 1 1 1 1 1\nstop\n",
		TWO_NODES "edge n0 n1 -4 1 1\nstop\n",
		TWO_NODES "edge n0 n1 1e9 1 1\nstop\n",
		TWO_NODES "edge n0 n2 4 1 1 1 1 1 1 1 1\nstop\n",
		TWO_NODES "edge n0 n1 4 1 1\nstop\n",
		TWO_NODES "edge n0 n1 4 1 1 1 1 1 1 1 1\nsto" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(answers); i++) {
		CLEANUP(picture_clear) struct picture p = { 0 };
		struct error err = { 0 };

		if (picture_parse(answers[i], 2, &p, &err) != ERROR_CORRUPT)
			fail_msg("taken: %s", answers[i]);
		assert_null(p.boxes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_are_shown_and_no_more),
		cmocka_unit_test(of_many_only_what_differs_is_shown),
		cmocka_unit_test(too_many_are_a_list),
		cmocka_unit_test(nothing_of_a_name_is_asked),
		cmocka_unit_test(places_are_read),
		cmocka_unit_test(what_is_no_answer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
