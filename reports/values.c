/* values: see values.h. */
#include "reports/values.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"

void share_print(uint64_t n, uint64_t base, char out[SHOWN])
{
	double share = base ? 100.0 * (double)n / (double)base : 0;

	out[0] = '\0';
	if (base == 0)
		return;
	if (n > 0 && share < 0.1)
		snprintf(out, SHOWN, "under 0.1 %%");
	else if (n < base && share > 99.9)
		snprintf(out, SHOWN, "over 99.9 %%");
	else if (share < 10 || (n < base && share >= 99.5))
		snprintf(out, SHOWN, "%.1f %%", share);
	else
		snprintf(out, SHOWN, "%.0f %%", share);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* What stands between two things that are said. */
static void next(struct buf *out, size_t from)
{
	if (out->n > from)
		buf_add_str(out, "; ");
}

/* -- rows -- */

static void changed_print(const struct diff_column *c, struct buf *out)
{
	char count[SHOWN], share[SHOWN];

	if (c->changed == 0)
		return;
	count_print(c->changed, count);
	buf_printf(out, "%s row%s changed", count, plural(c->changed));
	if (c->values_before != NULL) {
		share_print(c->changed, c->values_before->rows, share);
		buf_printf(out, " (%s)", share);
	}
	if (c->tolerance == NULL)
		return;
	count_print(c->beyond, count);
	buf_printf(out, ", %s by more than \xc2\xb1%s",
	    c->beyond ? count : "none", c->tolerance);
}

/* -- NULLs -- */

static bool is_crossing(const struct diff_column *c)
{
	const struct diff_values *was = c->values_before;
	const struct diff_values *now = c->values_after;

	return was != NULL && now != NULL &&
	    (was->nulls == 0) != (now->nulls == 0);
}

void nulls_print(const struct diff_column *c, bool is_inside, struct buf *out)
{
	bool has_now = is_crossing(c) && c->values_after->nulls > 0;
	char count[SHOWN];

	if (!is_crossing(c))
		return;
	count_print(has_now ? c->values_after->nulls : c->values_before->nulls,
	    count);
	if (!is_inside)
		buf_add_str(out,
		    has_now ? "no value missing before, some now"
		            : "values missing before, none now");
	else if (has_now)
		buf_printf(out, "no NULL before, %s now", count);
	else
		buf_printf(out, "%s NULL%s before, none now", count,
		    plural(c->values_before->nulls));
}

void table_nulls_print(const struct diff *d, bool is_inside, name_fn *name,
    struct buf *out)
{
	size_t i, from = out->n;

	for (i = 0; i < d->n_columns; i++) {
		if (!is_crossing(&d->columns[i]))
			continue;
		next(out, from);
		name(out, d->columns[i].name);
		buf_add_str(out, ": ");
		nulls_print(&d->columns[i], is_inside, out);
	}
}

static void all_nulls_print(const struct diff_column *c, struct buf *out)
{
	const struct diff_values *was = c->values_before;
	const struct diff_values *now = c->values_after;
	const struct diff_values *one = now ? now : was;
	char a[SHOWN], b[SHOWN];

	if (is_crossing(c)) {
		nulls_print(c, true, out);
		return;
	}
	count_print(one->nulls, a);
	if (was == NULL || now == NULL || was->nulls == now->nulls) {
		buf_printf(out, "%s NULL%s", one->nulls ? a : "no",
		    plural(one->nulls));
		return;
	}
	count_print(was->nulls, b);
	buf_printf(out, "%s NULL%s, %s before", a, plural(now->nulls), b);
}

/* -- values -- */

static void distinct_print(const struct diff_values *v, struct buf *out)
{
	char count[SHOWN];

	count_print(v->distinct, count);
	buf_printf(out, "%s%s", v->is_about ? "about " : "",
	    v->distinct ? count : "none");
}

static void all_distinct_print(const struct diff_column *c, struct buf *out)
{
	const struct diff_values *was = c->values_before;
	const struct diff_values *now = c->values_after;
	const struct diff_values *one = now ? now : was;

	if (one->distinct == 0)
		buf_add_str(out, "no value at all");
	else
		distinct_print(one, out);
	if (one->distinct > 0)
		buf_printf(out, " different value%s", plural(one->distinct));
	if (was == NULL || now == NULL ||
	    (was->distinct == now->distinct && was->is_about == now->is_about))
		return;
	buf_add_str(out, ", ");
	distinct_print(was, out);
	buf_add_str(out, " before");
}

static void extreme_print(const struct extreme *e, name_fn *name,
    struct buf *out)
{
	if (e->n == 0)
		buf_add_str(out, "\"\"");
	else
		name(out, e->text);
	if (e->is_cut)
		buf_add_str(out, "\xe2\x80\xa6");
}

static void range_print(const struct diff_values *v, name_fn *name,
    struct buf *out)
{
	extreme_print(&v->least, name, out);
	if (v->distinct == 1)
		return;
	buf_add_str(out, " to ");
	extreme_print(&v->greatest, name, out);
}

static bool is_same_extreme(const struct extreme *a, const struct extreme *b)
{
	return a->is_set == b->is_set && strcmp(a->text, b->text) == 0;
}

static bool has_range(const struct diff_values *v)
{
	return v != NULL && v->least.is_set;
}

static void ranges_print(const struct diff_column *c, name_fn *name,
    struct buf *out)
{
	const struct diff_values *was = c->values_before;
	const struct diff_values *now = c->values_after;
	const struct diff_values *one = has_range(now) ? now : was;

	if (!has_range(one))
		return;
	buf_add_str(out, "; ");
	range_print(one, name, out);
	if (!has_range(was) || !has_range(now)) {
		if (was != NULL && now != NULL && one == was)
			buf_add_str(out, " before");
		return;
	}
	if (is_same_extreme(&was->least, &now->least) &&
	    is_same_extreme(&was->greatest, &now->greatest))
		return;
	buf_add_str(out, ", ");
	range_print(was, name, out);
	buf_add_str(out, " before");
}

void values_print(const struct diff_column *c, bool is_inside, name_fn *name,
    struct buf *out)
{
	size_t from = out->n;

	if (!is_inside) {
		nulls_print(c, false, out);
		return;
	}
	changed_print(c, out);
	if (c->values_before == NULL && c->values_after == NULL)
		return;
	next(out, from);
	all_nulls_print(c, out);
	next(out, from);
	all_distinct_print(c, out);
	ranges_print(c, name, out);
}

/* -- keys -- */

static bool is_well(const struct key_health *h)
{
	return h->nulls == 0 && h->shared == 0;
}

const struct diff_key *broken_key(const struct diff *d)
{
	size_t i;

	for (i = 0; i < d->n_keys; i++)
		if (!d->keys[i].is_after && !d->keys[i].is_missing &&
		    !is_well(&d->keys[i].after))
			return &d->keys[i];
	return NULL;
}

/* "12 rows share its values, 3 have a NULL in it" */
static void health_print(const struct key_health *h, struct buf *out)
{
	char count[SHOWN];

	count_print(h->shared, count);
	if (h->shared > 0)
		buf_printf(out, "%s rows share its values", count);
	count_print(h->nulls, count);
	if (h->nulls > 0)
		buf_printf(out, "%s%s row%s NULL in it", h->shared ? ", " : "",
		    count, h->nulls == 1 ? " has a" : "s have a");
}

void key_print(const struct diff_key *k, bool is_inside, name_fn *name,
    struct buf *out)
{
	const struct key_health *h = k->is_after ? &k->before : &k->after;
	size_t i;

	if (k->is_before && k->is_after)
		return;
	buf_printf(out, "the %s (", k->is_after ? "new key" : "key of before");
	for (i = 0; i < k->n; i++) {
		buf_add_str(out, i ? ", " : "");
		name(out, k->columns[i]);
	}
	buf_add_char(out, ')');
	if (k->is_missing)
		buf_printf(out, " has columns that %s",
		    k->is_after ? "were not there before" : "are gone");
	else if (is_well(h))
		buf_printf(out, " %s",
		    k->is_after ? "held before, too"
		                : "holds, and is not declared any more");
	else
		buf_printf(out, " %s",
		    k->is_after ? "did not hold before"
		                : "does not hold any more");
	if (!is_inside || k->is_missing || is_well(h))
		return;
	buf_add_str(out, ": ");
	health_print(h, out);
}

bool values_have_news(const struct diff_column *c)
{
	const struct diff_values *was = c->values_before;
	const struct diff_values *now = c->values_after;

	if (was == NULL && now == NULL)
		return false;
	return was == NULL || now == NULL || c->change != COLUMN_SAME ||
	    c->changed > 0 || was->nulls != now->nulls ||
	    was->distinct != now->distinct ||
	    !is_same_extreme(&was->least, &now->least) ||
	    !is_same_extreme(&was->greatest, &now->greatest);
}

void table_values_print(const struct report_table *t, const char *prefix,
    size_t most, name_fn *name, struct buf *out)
{
	const struct diff *d = &t->diff;
	size_t i, n = 0;

	for (i = 0; i < d->n_keys; i++) {
		size_t from = out->n, begin;

		buf_add_str(out, prefix);
		begin = out->n;
		key_print(&d->keys[i], true, name, out);
		if (out->n > begin)
			buf_add_char(out, '\n');
		else
			out->n = from;
	}
	for (i = 0; i < d->n_columns; i++) {
		if (!values_have_news(&d->columns[i]) || n++ >= most)
			continue;
		buf_add_str(out, prefix);
		name(out, d->columns[i].name);
		buf_add_str(out, ": ");
		values_print(&d->columns[i], true, name, out);
		buf_add_char(out, '\n');
	}
	if (n > most)
		buf_printf(out, "%sand %zu more columns\n", prefix, n - most);
}

void beyond_print(const struct report_table *t, const struct shown *shown,
    struct buf *out)
{
	if (shown->beyond[0] == '\0')
		return;
	if (t->diff.beyond == 0)
		buf_add_str(out, "all within the tolerance");
	else
		buf_printf(out, "%s beyond the tolerance", shown->beyond);
}

void table_words_print(const struct report_table *t, bool is_inside,
    const struct shown *shown, name_fn *name, struct buf *out)
{
	const bool has_columns =
	    out->n > 2 && memcmp(out->p + out->n - 2, "| ", 2) != 0;
	CLEANUP(buf_clear) struct buf words = { 0 };

	if (!t->is_compared)
		return;
	beyond_print(t, shown, &words);
	if (words.n > 0)
		buf_printf(out, " (%s)", words.p);
	buf_reset(&words);
	table_nulls_print(&t->diff, is_inside, name, &words);
	if (words.n > 0)
		buf_printf(out, "%s%s", has_columns ? "; " : "", words.p);
	out->failed |= words.failed;
}
