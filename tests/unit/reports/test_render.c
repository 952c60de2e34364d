/* render: which counts leave the house, and how they look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/map.h"
#include "cache/base/mem.h"
#include "reports/values.h"

static void counts_have_commas(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} cases[] = { { 0, "0" }, { 7, "7" }, { 999, "999" }, { 1000, "1,000" },
		{ 48210, "48,210" }, { 1234567, "1,234,567" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" } };
	char out[SHOWN];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		count_print(cases[i].n, out);
		assert_string_equal(out, cases[i].text);
	}
}

/*
 * Every small table change there is: those that look the same outside are a
 * group, and where a count of 1 to 10 (or one that adding and subtracting
 * gives) is the same in a whole group, a reader knows it.
 */
enum {
	FACTS = 10,
	MOST = 34
};

struct group {
	int64_t facts[FACTS];
	bool is_known[FACTS];
};

struct groups {
	struct map map;
	struct arena arena;
};

static void find_facts(const struct diff *d, int64_t facts[FACTS])
{
	int64_t before = (int64_t)d->before, after = (int64_t)d->after;
	int64_t kept = before - (int64_t)d->removed;

	facts[0] = before;
	facts[1] = after;
	facts[2] = (int64_t)d->added;
	facts[3] = (int64_t)d->removed;
	facts[4] = (int64_t)d->changed;
	facts[5] = kept;
	facts[6] = kept - (int64_t)d->changed;
	facts[7] = before > after ? before - after : after - before;
	facts[8] = (int64_t)d->beyond;
	facts[9] = (int64_t)(d->changed - d->beyond);
	if (d->n_columns == 0)
		facts[8] = facts[9] = 0; /* no tolerance is told of */
}

static void add_to_group(struct groups *g, const char *look,
    const int64_t facts[FACTS])
{
	struct group *group = map_get(&g->map, look);
	size_t i;

	if (group != NULL) {
		for (i = 0; i < FACTS; i++)
			group->is_known[i] &= group->facts[i] == facts[i];
		return;
	}
	group = arena_alloc(&g->arena, sizeof(*group));
	for (i = 0; i < FACTS; i++) {
		group->facts[i] = facts[i];
		group->is_known[i] = true;
	}
	assert_int_equal(
	    map_set(&g->map, arena_strdup(&g->arena, look), group, NULL), 0);
}

static void add_change(struct groups *g, const struct report_table *t)
{
	struct shown s;
	char look[7 * SHOWN];
	int64_t facts[FACTS];

	shown_make(t, false, &s);
	snprintf(look, sizeof(look), "%s|%s|%s|%s|%s|%s", s.before, s.after,
	    s.added, s.removed, s.changed, s.beyond);
	find_facts(&t->diff, facts);
	add_to_group(g, look, facts);
}

static void add_changes(struct groups *g, uint64_t before, enum diff_way way)
{
	struct report_table t = { .is_compared = true,
		.diff = { .way = way, .before = before } };
	struct diff *d = &t.diff;
	uint64_t most = before < MOST ? before : MOST;

	for (d->added = 0; d->added <= MOST; d->added++) {
		uint64_t k;

		for (k = 0; k <= most; k++) {
			/* from both ends, for tables larger than MOST */
			d->removed = k % 2 ? before - k / 2 : k / 2;
			d->after = before - d->removed + d->added;
			for (d->changed = 0; d->changed <= MOST &&
			     d->changed <= before - d->removed &&
			     (way == DIFF_KEYED || d->changed == 0);
			     d->changed++)
				add_change(g, &t);
		}
	}
}

/* With a column that has a tolerance: how many lie beyond it. */
static void add_tolerated(struct groups *g, uint64_t before)
{
	enum {
		FEW = 24
	};
	static char most[] = "1";
	struct diff_column c = { .tolerance = most, .changed = 1 };
	struct report_table t = { .is_compared = true,
		.diff = { .way = DIFF_KEYED,
		    .before = before,
		    .columns = &c,
		    .n_columns = 1 } };
	struct diff *d = &t.diff;

	for (d->added = 0; d->added <= FEW; d->added += 3)
		for (d->removed = 0; d->removed <= before && d->removed <= FEW;
		     d->removed++)
			for (d->changed = 1; d->changed <= FEW + 12 &&
			     d->changed <= before - d->removed;
			     d->changed++)
				for (d->beyond = 0; d->beyond <= d->changed;
				     d->beyond++) {
					d->after =
					    before - d->removed + d->added;
					add_change(g, &t);
				}
}

static void no_small_count_can_be_told_outside(void **state)
{
	static const uint64_t befores[] = { 0, 1, 2, 5, 9, 10, 11, 12, 13, 20,
		21, 22, 33, 45, 50, 63, 64, 65, 73, 74, 75, 76, 84, 85, 86, 99,
		100, 123, 124, 125, 126, 134, 135 };
	struct groups g = { 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(befores); i++) {
		add_changes(&g, befores[i], DIFF_KEYED);
		add_changes(&g, befores[i], DIFF_BAG);
		add_tolerated(&g, befores[i]);
	}
	for (i = 0; i < g.map.cap; i++) {
		const struct group *group = g.map.entries[i].value;

		for (k = 0; g.map.entries[i].key && k < FACTS; k++)
			if (group->is_known[k] && group->facts[k] >= 1 &&
			    group->facts[k] <= 10)
				fail_msg("%s tells %zu: %d",
				    g.map.entries[i].key, k,
				    (int)group->facts[k]);
	}
	assert_true(g.map.n > 60);
	map_clear(&g.map);
	arena_clear(&g.arena);
}

static void counts_are_rounded_outside(void **state)
{
	const struct report_table t = { .is_compared = true,
		.diff = { .way = DIFF_KEYED,
		    .before = 48210,
		    .after = 48292,
		    .added = 86,
		    .removed = 4,
		    .changed = 1204 } };
	struct shown s;

	(void)state;
	shown_make(&t, false, &s);
	assert_string_equal(s.before, "48,200");
	assert_string_equal(s.after, "48,300");
	assert_string_equal(s.added, "100");
	assert_string_equal(s.removed, "<11");
	assert_string_equal(s.changed, "1,200");
	shown_make(&t, true, &s);
	assert_string_equal(s.after, "48,292");
	assert_string_equal(s.removed, "4");
}

static void shares_are_never_rounded_to_none_or_all(void **state)
{
	static const struct {
		uint64_t n, base;
		const char *text;
	} cases[] = { { 0, 0, "" }, { 1, 0, "" }, { 0, 5, "0.0 %" },
		{ 1, 3, "33 %" }, { 5, 5, "100 %" }, { 12, 5, "240 %" },
		{ 25, 1000, "2.5 %" }, { 1, 1001, "under 0.1 %" },
		{ 1, 1000, "0.1 %" }, { 100000, 100001, "over 99.9 %" },
		{ 997, 1000, "99.7 %" }, { 994, 1000, "99 %" } };
	char out[SHOWN];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		share_print(cases[i].n, cases[i].base, out);
		assert_string_equal(out, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_have_commas),
		cmocka_unit_test(shares_are_never_rounded_to_none_or_all),
		cmocka_unit_test(no_small_count_can_be_told_outside),
		cmocka_unit_test(counts_are_rounded_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
