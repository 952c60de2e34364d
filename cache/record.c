/* record: see record.h. */
#include "cache/record.h"

#include <string.h>

#include "cache/sixteen.h"

static int bad(const struct record_scan *s, struct error *err)
{
	return error_set(err, ERROR_CORRUPT, "record %llu is not well-formed",
	    (unsigned long long)s->n + 1);
}

/* A quoted field: p is behind the opening quote; returns what is behind the
 * closing one, or NULL. The first pass finds the end, and only a field with a
 * doubled quote is copied. */
static const char *quoted(struct record_scan *s, const char *p, const char *end,
    struct field *out)
{
	const char *start = p, *quote;
	bool copies = false;

	for (;;) {
		quote = memchr(p, '"', (size_t)(end - p));
		if (quote == NULL)
			return NULL;
		if (quote + 1 == end || quote[1] != '"')
			break;
		copies = true;
		p = quote + 2;
	}
	*out = (struct field){ start, (size_t)(quote - start), false };
	if (copies) {
		size_t from = s->scratch.n;

		for (p = start; p < quote; p++) {
			buf_add_char(&s->scratch, *p);
			p += *p == '"';
		}
		/* the scratch may move: fields point into it only at the end
		 * of the record (record_next) */
		out->p = NULL;
		out->n = s->scratch.n - from;
	}
	return quote + 1;
}

static const char *plain(const char *p, const char *end, struct field *out)
{
	const char *start = p;

	p = sixteen_find(p, end, ',', '\n', '\n');
	*out = (struct field){ start, (size_t)(p - start), p == start };
	return p;
}

/* Gives the copied fields their places in the scratch. */
static void settle(struct record_scan *s, struct field *fields)
{
	size_t i, from = 0;

	for (i = 0; i < s->n_fields; i++)
		if (fields[i].p == NULL) {
			fields[i].p = s->scratch.p + from;
			from += fields[i].n;
		}
}

int record_next(struct record_scan *s, struct field *fields, struct error *err)
{
	const char *p = s->text.p, *end;
	size_t i;

	if (s->text.n == 0)
		return 0;
	end = p + s->text.n;
	buf_reset(&s->scratch);
	for (i = 0; i < s->n_fields; i++) {
		if (p < end && *p == '"')
			p = quoted(s, p + 1, end, &fields[i]);
		else
			p = plain(p, end, &fields[i]);
		if (p == NULL || p == end ||
		    *p != (i + 1 < s->n_fields ? ',' : '\n'))
			return bad(s, err);
		p++;
	}
	if (buf_check(&s->scratch, err))
		return ERROR_MEMORY;
	if (s->scratch.n > 0)
		settle(s, fields);
	s->text = (struct bytes){ p, (size_t)(end - p) };
	s->n++;
	return 1;
}

void record_clear(struct record_scan *s)
{
	buf_clear(&s->scratch);
}
