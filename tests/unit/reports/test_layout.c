/*
 * affected, layout: what a change touches, and where it stands. The layouts
 * are checked by what a reader needs: no box lies on another, arrows go to the
 * right, all is inside the picture.
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
#include "reports/layout.h"

/* A manifest of n nodes "000".. and a report about it. */
struct scene {
	struct manifest before, after;
	struct report r;
	struct affected a;
	struct layout l;
};

static void scene_clear(struct scene *s)
{
	layout_clear(&s->l);
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

/* Without a manifest before, all nodes are shown. */
static void show(struct scene *s, bool has_before)
{
	s->r.after = &s->after;
	s->r.before = has_before ? &s->before : NULL;
	assert_int_equal(affected_make(&s->r, &s->a, NULL), 0);
}

static void check_layout(const struct scene *s)
{
	const struct layout *l = &s->l;
	size_t i, k;

	assert_int_equal(l->n_boxes, s->a.n_shown);
	for (i = 0; i < l->n_boxes; i++) {
		assert_in_range(l->x[i], 0, l->width - BOX_WIDTH);
		assert_in_range(l->y[i], BOX_HEIGHT / 2,
		    l->height - BOX_HEIGHT / 2);
		for (k = 0; k < i; k++)
			assert_true(abs(l->x[i] - l->x[k]) >= BOX_WIDTH ||
			    abs(l->y[i] - l->y[k]) >= BOX_HEIGHT);
	}
	for (i = 0; i < l->n_edges; i++)
		assert_true(
		    l->x[l->edges[i].to] >= l->x[l->edges[i].from] + BOX_WIDTH);
}

static void random_graphs_are_readable(void **state)
{
	uint32_t seed = 1122, round;
	size_t i, k, n;

	(void)state;
	printf("seed %u\n", seed);
	for (round = 0; round < 200; round++) {
		CLEANUP(scene_clear) struct scene s = { 0 };
		CLEANUP(layout_clear) struct layout again = { 0 };

		n = 1 + round % AFFECTED_PICTURE;
		add_nodes(&s.after, n);
		for (i = 1; i < n; i++)
			for (k = 0; k < i; k++) {
				seed = seed * 1664525 + 1013904223;
				if ((seed >> 16) % n < 1 + round % 2)
					add_input(&s.after, i, k);
			}
		show(&s, false);
		if (layout_make(&s.a, &s.l, NULL) == ERROR_LIMIT)
			continue;
		check_layout(&s);
		assert_int_equal(layout_make(&s.a, &again, NULL), 0);
		assert_memory_equal(again.y, s.l.y, s.l.n * sizeof(int));
	}
}

static void neighbours_are_shown_and_no_more(void **state)
{
	CLEANUP(scene_clear) struct scene s = { 0 };
	size_t i;

	(void)state;
	add_nodes(&s.before, 100);
	add_nodes(&s.after, 100);
	for (i = 1; i < 100; i++)
		add_input(&s.after, i, i - 1);
	touch(&s.after, 40);
	show(&s, true);
	assert_int_equal(s.a.n_touched, 1);
	assert_int_equal(s.a.n_shown, 3);
	assert_string_equal(s.a.shown[0]->node->path, "039");
	assert_string_equal(s.a.shown[2]->node->path, "041");
	assert_int_equal(s.a.shown[1]->mark, MARK_CHANGED);
	assert_int_equal(layout_make(&s.a, &s.l, NULL), 0);
	check_layout(&s);
}

static void too_many_are_not_drawn(void **state)
{
	CLEANUP(scene_clear) struct scene s = { 0 };
	size_t i;

	(void)state;
	add_nodes(&s.before, 100);
	add_nodes(&s.after, 100);
	for (i = 0; i < 61; i++)
		touch(&s.after, i);
	show(&s, true);
	assert_int_equal(s.a.n_shown, 61);
	assert_int_equal(layout_make(&s.a, &s.l, NULL), ERROR_LIMIT);
}

/* No manifest of ours has one; one that was fetched may. */
static void a_circle_is_refused(void **state)
{
	CLEANUP(scene_clear) struct scene s = { 0 };

	(void)state;
	add_nodes(&s.after, 3);
	add_input(&s.after, 0, 2);
	add_input(&s.after, 1, 0);
	add_input(&s.after, 2, 1);
	show(&s, false);
	assert_int_equal(layout_make(&s.a, &s.l, NULL), ERROR_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_graphs_are_readable),
		cmocka_unit_test(neighbours_are_shown_and_no_more),
		cmocka_unit_test(too_many_are_not_drawn),
		cmocka_unit_test(a_circle_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
