/* csv_write: records in the one way that a part has them, and as files of
 * commands want them (csv.h). */
#include <string.h>

#include "cache/csv.h"

/* How a file is written, the defaults filled in. */
struct style {
	char delimiter, quote;
	const char *null;
	size_t null_len;
	bool one_column_null;
};

static const struct style part_style = { ',', '"', "", 0, false };

static bool must_quote(const struct field *f, const struct style *s)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		char c = f->p[i];

		if (c == s->delimiter || c == s->quote || c == '\n' ||
		    c == '\r')
			return true;
	}
	return f->n == 0 ||
	    (f->n == s->null_len && memcmp(f->p, s->null, f->n) == 0);
}

static void add_quoted(struct buf *out, const struct field *f, char quote)
{
	const char *p = f->p, *end = p + f->n, *q;

	buf_add_char(out, quote);
	while (p < end && (q = memchr(p, quote, (size_t)(end - p))) != NULL) {
		buf_add(out, p, (size_t)(q + 1 - p));
		buf_add_char(out, quote);
		p = q + 1;
	}
	if (p < end)
		buf_add(out, p, (size_t)(end - p));
	buf_add_char(out, quote);
}

static void add_field(struct buf *out, const struct field *f,
    const struct style *s)
{
	if (f->null)
		buf_add(out, s->null, s->null_len);
	else if (must_quote(f, s))
		add_quoted(out, f, s->quote);
	else
		buf_add(out, f->p, f->n);
}

static void add_record(struct buf *out, const struct field *fields, size_t n,
    const struct style *s)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(out, s->delimiter);
		add_field(out, &fields[i], s);
	}
	if (n == 1 && fields[0].null && s->null_len == 0 &&
	    s->one_column_null) {
		buf_add_char(out, s->quote);
		buf_add_char(out, s->quote);
	}
	buf_add_char(out, '\n');
}

void csv_add_field(struct buf *out, const struct field *f)
{
	add_field(out, f, &part_style);
}

void csv_add_record(struct buf *out, const struct field *fields, size_t n)
{
	add_record(out, fields, n, &part_style);
}

void csv_add_record_as(struct buf *out, const struct field *fields, size_t n,
    const struct csv_format *format)
{
	struct style s = {
		.delimiter = format->delimiter ? format->delimiter : ',',
		.quote = format->quote ? format->quote : '"',
		.null = format->null,
		.null_len = strnlen(format->null, sizeof(format->null)),
		.one_column_null = format->one_column_null,
	};

	add_record(out, fields, n, &s);
}
