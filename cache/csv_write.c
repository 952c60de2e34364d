/* csv_write: records in the one way that a part has them, and as files of
 * commands want them (csv.h). */
#include <string.h>

#include "cache/csv.h"
#include "cache/sixteen.h"

/* How a file is written, the defaults filled in. */
struct style {
	char delimiter, quote;
	const char *null;
	size_t null_len;
	bool one_column_null;
};

static const struct style part_style = { ',', '"', "", 0, false };

/* Whether one of sixteen bytes is none that a field without quotes has. */
static bool is_special(sixteen v, const struct style *s)
{
	return sixteen_first(sixteen_is(v, s->delimiter) |
	           sixteen_is(v, s->quote) | sixteen_is(v, '\n') |
	           sixteen_is(v, '\r')) < 16;
}

static bool must_quote(const struct field *f, const struct style *s)
{
	size_t i;

	if (f->n == 0 ||
	    (f->n == s->null_len && memcmp(f->p, s->null, f->n) == 0))
		return true;
	if (f->n <= 16)
		return is_special(sixteen_of(f->p, f->n), s);
	for (i = 0; i + 16 < f->n; i += 16)
		if (is_special(sixteen_at(f->p + i), s))
			return true;
	return is_special(sixteen_at(f->p + f->n - 16), s);
}

static char *put_quoted(char *out, const struct field *f, char quote)
{
	size_t i;

	*out++ = quote;
	for (i = 0; i < f->n; i++) {
		if (f->p[i] == quote)
			*out++ = quote;
		*out++ = f->p[i];
	}
	*out++ = quote;
	return out;
}

static char *put_field(char *out, const struct field *f, const struct style *s)
{
	if (f->null)
		return sixteen_copy(out, s->null, s->null_len);
	if (must_quote(f, s))
		return put_quoted(out, f, s->quote);
	return sixteen_copy(out, f->p, f->n);
}

static void add_record(struct buf *out, const struct field *fields, size_t n,
    const struct style *s)
{
	bool quoted_null = s->one_column_null && n == 1 && s->null_len == 0;
	size_t i, most = 0;
	char *p;

	for (i = 0; i < n; i++)
		most += fields[i].null ? s->null_len + 3 : 2 * fields[i].n + 3;
	if (!buf_reserve(out, most))
		return;
	p = out->p + out->n;
	for (i = 0; i < n; i++) {
		if (i > 0)
			*p++ = s->delimiter;
		p = put_field(p, &fields[i], s);
		if (quoted_null && fields[i].null) {
			*p++ = s->quote;
			*p++ = s->quote;
		}
	}
	*p++ = '\n';
	*p = '\0';
	out->n = (size_t)(p - out->p);
}

char *csv_put_field(char *out, const struct field *f)
{
	return put_field(out, f, &part_style);
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
