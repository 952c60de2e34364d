/* diff_cursor: the rows of a table in order (diff_impl.h). */
#include <string.h>

#include "cache/base/mem.h"
#include "reports/diff_impl.h"

enum {
	BLOCK = 256 /* bytes compared at a time */
};

int cursor_open(struct cursor *c, struct comparison *x, const struct table *t,
    const bool *skip)
{
	*c = (struct cursor){ .st = x->ask->store,
		.t = t,
		.skip = skip,
		.parts_read = &x->d->parts_read };
	c->own = mem_array(t->n_columns, sizeof(*c->own));
	c->fields = c->own;
	return c->own ? 0 : error_memory(x->err);
}

int cursor_open_sorted(struct cursor *c, struct comparison *x,
    const struct table *t, const struct table_order *order)
{
	int rc;

	*c = (struct cursor){ .t = t };
	rc = table_sorted_open(x->ask->store, t, order, &c->sorted, x->err);
	return rc ? rc : cursor_advance(c, x->err);
}

void cursor_clear(struct cursor *c)
{
	record_clear(&c->scan);
	buf_clear(&c->data);
	mem_free(c->own);
	table_sorted_close(c->sorted);
	*c = (struct cursor){ 0 };
}

void cursor_skip(struct cursor *c)
{
	c->is_open = c->is_first = false;
	c->part++;
}

int cursor_advance(struct cursor *c, struct error *err)
{
	int rc;

	c->is_first = false;
	if (c->sorted != NULL) {
		rc = table_sorted_next(c->sorted, &c->fields, err);
		c->is_open = rc > 0;
		return rc < 0 ? rc : 0;
	}
	c->row = c->scan.text.p;
	rc = record_next(&c->scan, c->own, err);
	if (rc == 0)
		cursor_skip(c);
	return rc < 0 ? rc : 0;
}

static int open_part(struct cursor *c, struct error *err)
{
	int rc;

	record_clear(&c->scan);
	buf_reset(&c->data);
	rc = store_get(c->st, &c->t->parts[c->part].blob, &c->data, err);
	if (rc)
		return rc;
	c->scan = (struct record_scan){ .text = buf_bytes(&c->data),
		.n_fields = c->t->n_columns };
	++*c->parts_read;
	c->is_open = true;
	rc = cursor_advance(c, err);
	c->is_first = c->is_open;
	return rc;
}

int cursor_fill(struct cursor *c, struct error *err)
{
	while (!c->is_open) {
		int rc;

		if (c->sorted != NULL || c->part >= c->t->n_parts)
			return 0;
		if (c->skip != NULL && c->skip[c->part]) {
			cursor_skip(c);
			continue;
		}
		if ((rc = open_part(c, err)))
			return rc;
	}
	return 1;
}

/* -- rows that are equal byte by byte -- */

static size_t common_prefix(const char *p, const char *q, size_t n)
{
	size_t i = 0;

	while (i + BLOCK <= n && memcmp(p + i, q + i, BLOCK) == 0)
		i += BLOCK;
	while (i < n && p[i] == q[i])
		i++;
	return i;
}

static size_t count_quotes(const char *p, size_t n)
{
	const char *end = p + n;
	size_t count = 0;

	while ((p = memchr(p, '"', (size_t)(end - p))) != NULL) {
		count++;
		p++;
	}
	return count;
}

/* How many of n bytes are whole records: up to the last line feed that no
 * quoted field holds, which an even number of quotes stands before. */
static size_t whole_records(const char *p, size_t n)
{
	size_t quotes = count_quotes(p, n);

	for (; n > 0; n--) {
		if (p[n - 1] == '\n' && quotes % 2 == 0)
			break;
		quotes -= p[n - 1] == '"';
	}
	return n;
}

static size_t left(const struct cursor *c)
{
	return (size_t)(c->data.p + c->data.n - c->row);
}

static int leave(struct cursor *c, size_t n, struct error *err)
{
	c->scan.text = (struct bytes){ c->row + n, left(c) - n };
	return cursor_advance(c, err);
}

int cursor_skip_equal(struct cursor *a, struct cursor *b, struct error *err)
{
	size_t n = left(a) < left(b) ? left(a) : left(b);
	int rc;

	n = whole_records(a->row, common_prefix(a->row, b->row, n));
	if (n == 0)
		return 0;
	rc = leave(a, n, err);
	return rc ? rc : leave(b, n, err);
}
