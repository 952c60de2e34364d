/* diff_key: by which key two tables are compared, and what stands in its way
 * (diff_impl.h). */
#include <string.h>

#include "cache/base/mem.h"
#include "reports/diff_impl.h"

void diff_key_clear(struct diff_key *k)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		mem_free(k->columns[i]);
	mem_free(k->columns);
	*k = (struct diff_key){ 0 };
}

static bool is_own(const struct table *t, const struct diff_key *k)
{
	size_t i;

	if (t->n_key != k->n)
		return false;
	for (i = 0; i < k->n; i++)
		if (strcmp(t->key[i], k->columns[i]) != 0)
			return false;
	return true;
}

bool diff_is_by(const struct table *t, const struct diff_key *k)
{
	return !t->ordered && is_own(t, k);
}

static int add_key(struct comparison *x, const struct table *t)
{
	struct diff_key *k = &x->d->keys[x->d->n_keys];
	size_t i;

	if (t->n_key == 0)
		return 0;
	k->columns = mem_array(t->n_key, sizeof(*k->columns));
	if (k->columns == NULL)
		return error_memory(x->err);
	x->d->n_keys++;
	for (i = 0; i < t->n_key; i++) {
		k->columns[i] = mem_strdup(t->key[i]);
		if (k->columns[i] == NULL)
			return error_memory(x->err);
		k->n++;
	}
	k->is_before = is_own(x->before, k);
	k->is_after = is_own(x->after, k);
	return 0;
}

/* How far it is a key in the table whose own it is not. */
static int judge(struct comparison *x, struct diff_key *k)
{
	CLEANUP(mem_freep) size_t *by = mem_array(k->n, sizeof(*by));
	const struct table *t = k->is_after ? x->before : x->after;
	size_t i;

	if (by == NULL)
		return error_memory(x->err);
	for (i = 0; i < k->n; i++) {
		by[i] = table_find_column(t, k->columns[i]);
		k->is_missing |= by[i] == t->n_columns;
	}
	if (k->is_missing)
		return 0;
	return table_key_health(x->ask->store, t, by, k->n,
	    k->is_after ? &k->before : &k->after, x->err);
}

static bool is_well(const struct key_health *h)
{
	return h->nulls == 0 && h->shared == 0;
}

/* Whether rows can be compared by it. */
static bool is_usable(const struct comparison *x, const struct diff_key *k)
{
	size_t i;

	if (k->is_missing || !is_well(&k->before) || !is_well(&k->after))
		return false;
	for (i = 0; i < k->n; i++)
		if (!is_comparable(diff_column_of(x->d, k->columns[i])))
			return false;
	return true;
}

int diff_find_key(struct comparison *x)
{
	struct diff *d = x->d;
	size_t i;
	int rc = add_key(x, x->after);

	if (rc == 0 && (d->n_keys == 0 || !d->keys[0].is_before))
		rc = add_key(x, x->before);
	for (i = 0; rc == 0 && i < d->n_keys; i++)
		if (!d->keys[i].is_before || !d->keys[i].is_after)
			rc = judge(x, &d->keys[i]);
	for (i = 0; rc == 0 && x->key == NULL && i < d->n_keys; i++)
		if (is_usable(x, &d->keys[i]))
			x->key = &d->keys[i];
	return rc;
}
