/* straight: see straight.h. */
#include "cache/straight.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/part.h"

struct straight {
	const struct pack *pack;
	bool ordered;
	struct part_writer *writer;
	size_t
	    n; /* columns that tell its place, the first in the pack's order */
	struct field *last; /* those of the row before, in text */
	struct buf text;
	bool has_last;
};

int straight_open(struct store *st, const struct pack *pack, bool ordered,
    const struct digest *like, struct straight **out, struct error *err)
{
	struct straight *s = mem_alloc(sizeof(*s));
	int rc;

	*out = s;
	if (s == NULL)
		return error_memory(err);
	s->pack = pack;
	s->ordered = ordered;
	s->n = pack->n_key > 0 ? pack->n_key : pack->n;
	s->last = mem_array(s->n, sizeof(*s->last));
	rc = s->last
	    ? part_open(st, pack->columns, pack->n, like, &s->writer, err)
	    : error_memory(err);
	if (rc)
		straight_closep(out);
	return rc;
}

void straight_close(struct straight *s)
{
	if (s == NULL)
		return;
	part_close(s->writer);
	mem_free(s->last);
	buf_clear(&s->text);
	mem_free(s);
}

void straight_closep(struct straight **s)
{
	straight_close(*s);
	*s = NULL;
}

enum straight_place straight_place(const struct straight *s,
    const struct field *row)
{
	const struct pack *p = s->pack;
	size_t i;

	if (s->ordered || !s->has_last)
		return STRAIGHT_BEHIND;
	for (i = 0; i < s->n; i++) {
		size_t c = p->order[i];
		int d = type_compare(&p->columns[c].type, &s->last[i], &row[c]);

		if (d != 0)
			return d < 0 ? STRAIGHT_BEHIND : STRAIGHT_BEFORE;
	}
	return p->n_key > 0 ? STRAIGHT_SAME_KEY : STRAIGHT_BEHIND;
}

/* A copy of what the next row is compared with. */
static int keep(struct straight *s, const struct field *row, struct error *err)
{
	const size_t *order = s->pack->order;
	size_t i, n = 0;
	char *p;

	for (i = 0; i < s->n; i++)
		n += row[order[i]].n;
	buf_reset(&s->text);
	if (!buf_reserve(&s->text, n + 1))
		return error_memory(err);
	p = s->text.p;
	for (i = 0; i < s->n; i++) {
		const struct field *f = &row[order[i]];

		s->last[i] = (struct field){ p, f->n, f->null };
		if (f->n > 0)
			memcpy(p, f->p, f->n);
		p += f->n;
	}
	s->has_last = true;
	return 0;
}

int straight_add(struct straight *s, const struct field *row, struct error *err)
{
	int rc = s->ordered ? 0 : keep(s, row, err);

	return rc ? rc : part_add(s->writer, row, err);
}

int straight_finish(struct straight *s, struct table *t, struct error *err)
{
	return part_finish(s->writer, t, err);
}

int straight_give_back(struct straight *s, struct table *out, struct error *err)
{
	union {
		const struct column *borrowed;
		struct column *columns;
	} u = { s->pack->columns };

	*out = (struct table){ .columns = u.columns, .n_columns = s->pack->n };
	return part_give_back(s->writer, out, err);
}
