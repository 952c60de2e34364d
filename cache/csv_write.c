/* csv_write: records in the one way that a part has them, and as files of
 * commands want them (csv.h). */
#include <string.h>

#include "cache/csv.h"
#include "cache/eight.h"

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
	uint64_t delimiters = EIGHT(s->delimiter), quotes = EIGHT(s->quote);
	size_t i;

	for (i = 0; f->n - i >= 8; i += 8) {
		uint64_t word = eight_at(f->p + i);

		if ((eight_find(word, delimiters) | eight_find(word, quotes) |
		        eight_find(word, EIGHT('\n')) |
		        eight_find(word, EIGHT('\r'))) != 0)
			return true;
	}
	for (; i < f->n; i++) {
		char c = f->p[i];

		if (c == s->delimiter || c == s->quote || c == '\n' ||
		    c == '\r')
			return true;
	}
	return f->n == 0 ||
	    (f->n == s->null_len && memcmp(f->p, s->null, f->n) == 0);
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

static char *put_bytes(char *out, const char *p, size_t n)
{
	if (n > 0)
		memcpy(out, p, n);
	return out + n;
}

static char *put_field(char *out, const struct field *f, const struct style *s)
{
	if (f->null)
		return put_bytes(out, s->null, s->null_len);
	if (must_quote(f, s))
		return put_quoted(out, f, s->quote);
	return put_bytes(out, f->p, f->n);
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
