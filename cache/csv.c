/* csv: see csv.h. Reading; writing is csv_write.c. */
#include "cache/csv.h"

#include <limits.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/sixteen.h"

enum {
	WINDOW = 4 << 20, /* bytes looked at, and let go, at once */
	RECORD_MOST = 1 << 30 /* bytes; what of it is copied is in memory */
};

struct csv_reader {
	struct csv_format format;
	const char *base, *p, *end;
	const char *held; /* before it a map's memory was let go */
	const char *fetched; /* up to it the map is known to be readable */
	const char *record; /* that is read */
	const char *records; /* behind the header */
	int64_t records_line;
	bool stop[256]; /* what may end a field without quotes */
	size_t null_len;
	struct field *fields;
	size_t n, cap; /* columns; places */
	bool has_first; /* without a header: fields holds a record that
	                   was read to count the columns */
	bool one_column_null, has_nul;
	struct field *names;
	struct buf name_text;
	struct buf scratch; /* fields whose quotes were doubled */
	struct buf converted; /* fields of a record, from windows-1252 */
	int64_t line, record_line;
};

/* What 0x80 to 0x9f are in windows-1252; 0: nothing. */
static const uint16_t windows_1252[32] = { 0x20ac, 0, 0x201a, 0x0192, 0x201e,
	0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
	0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178 };

/* Line and column of at, the line of which begins behind the last LF before
 * it. Columns are characters. */
static void place(const char *base, const char *at, int64_t line, bool is_utf8,
    struct error *err)
{
	const char *p = at;
	int64_t column = 1;

	while (p > base && p[-1] != '\n') {
		p--;
		column += !is_utf8 || ((unsigned char)*p & 0xc0) != 0x80;
	}
	error_place(err, "", line < INT_MAX ? (int)line : INT_MAX,
	    column < INT_MAX ? (int)column : INT_MAX);
}

static int fail(struct csv_reader *r, const char *at, const char *what,
    struct error *err)
{
	place(r->base, at, r->line, !r->format.windows_1252, err);
	return error_set(err, ERROR_SYNTAX, "%s", what);
}

static int fail_bytes(struct bytes data, size_t at, bool is_utf8,
    const char *what, struct error *err)
{
	const char *p = data.p, *end = data.p + at;
	int64_t line = 1;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		line++;
		p++;
	}
	place(data.p, end, line, is_utf8, err);
	return error_set(err, ERROR_SYNTAX, "%s", what);
}

/* What begins so is no text, or not the text that it is said to be. */
static int check_start(struct bytes data, bool is_utf8, struct error *err)
{
	static const struct {
		const char *start, *what;
		size_t n;
		bool of_utf8, of_windows;
	} known[] = {
		{ "\x1f\x8b", "this is gzip; a table is delivered unpacked", 2,
		    true, true },
		{ "PK\3\4",
		    "this is a zip archive or an Excel file; a table is "
		    "delivered as text",
		    4, true, true },
		{ "\xff\xfe",
		    "this is UTF-16; a table is UTF-8, or windows-1252 where "
		    "@format says so",
		    2, true, true },
		{ "\xfe\xff",
		    "this is UTF-16; a table is UTF-8, or windows-1252 where "
		    "@format says so",
		    2, true, true },
		{ "\xef\xbb\xbf",
		    "this begins with the mark of UTF-8, and @format says "
		    "windows-1252",
		    3, false, true },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if ((is_utf8 ? known[i].of_utf8 : known[i].of_windows) &&
		    data.n >= known[i].n &&
		    memcmp(data.p, known[i].start, known[i].n) == 0)
			return fail_bytes(data, 0, is_utf8, known[i].what, err);
	return 0;
}

/* The first byte that windows-1252 does not have, or data.n. */
static size_t windows_error(struct bytes data)
{
	size_t i;

	for (i = 0; i < data.n; i++) {
		unsigned c = (unsigned char)data.p[i];

		if (c >= 0x80 && c < 0xa0 && windows_1252[c - 0x80] == 0)
			break;
	}
	return i;
}

/* The next bytes to be looked at, without a character that is cut; of what is
 * not UTF-8, some. */
static struct bytes next_window(struct bytes data, size_t at, bool is_utf8)
{
	struct bytes w = { data.p + at, data.n - at };
	int back;

	if (w.n <= WINDOW)
		return w;
	w.n = WINDOW;
	for (back = 0; is_utf8 && back < 3 && (w.p[w.n] & 0xc0) == 0x80; back++)
		w.n--;
	return w;
}

/* *bad: the first byte that is none of the encoding, or data.n; whether there
 * are NUL bytes before it. */
static int look_through(struct bytes data, const struct csv_format *f,
    size_t *bad, bool *has_nul, struct error *err)
{
	bool is_utf8 = !f->windows_1252;
	size_t at = 0;
	int rc;

	*has_nul = false;
	while (at < data.n) {
		struct bytes w = next_window(data, at, is_utf8);
		size_t n;

		if (f->is_mapped && (rc = file_map_fetch(w, err)))
			return rc;
		n = is_utf8 ? text_utf8_error(w) : windows_error(w);
		at += n;
		if (n < w.n)
			break;
		*has_nul = *has_nul || memchr(w.p, '\0', w.n) != NULL;
		if (f->is_mapped)
			file_map_let_go(w);
	}
	*bad = at;
	return 0;
}

static int check_bytes(struct bytes data, const struct csv_format *f,
    bool *has_nul, struct error *err)
{
	bool is_utf8 = !f->windows_1252;
	size_t bad;
	int rc;

	if (data.n == 0)
		return error_set(err, ERROR_SYNTAX,
		    "the file is empty; a table has at least a header");
	if ((rc = check_start(data, is_utf8, err)) ||
	    (rc = look_through(data, f, &bad, has_nul, err)) || bad == data.n)
		return rc;
	return fail_bytes(data, bad, is_utf8,
	    is_utf8 ? "not UTF-8; for windows-1252 say @format "
	              "encoding=windows-1252"
	            : "a byte that windows-1252 does not have",
	    err);
}

/* A character of at most U+FFFF; returns the end. */
static char *put_utf8(char *out, unsigned c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
	} else {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (c & 0x3f));
	return out;
}

/* What a byte of windows-1252 is. */
static unsigned of_windows(char byte)
{
	unsigned c = (unsigned char)byte;

	return c >= 0x80 && c < 0xa0 ? windows_1252[c - 0x80] : c;
}

/* A word in UTF-8 as a file in windows-1252 has it; "" where it cannot have
 * it. */
static void to_windows(char *word, size_t size)
{
	size_t n = 0, at = 0, end = strnlen(word, size);

	while (at < end) {
		unsigned c = 0;
		size_t len = 0;

		while (++c < 256) {
			char utf8[4];

			len = (size_t)(put_utf8(utf8, of_windows((char)c)) -
			    utf8);
			if (len <= end - at &&
			    memcmp(utf8, word + at, len) == 0)
				break;
		}
		if (c == 256)
			break;
		at += len;
		word[n++] = (char)c;
	}
	word[at < end ? 0 : n] = '\0';
}

static bool has_high(const struct field *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if ((unsigned char)f->p[i] >= 0x80)
			return true;
	return false;
}

/* The fields of a record of so many bytes: those that are not ASCII. */
static int convert(struct csv_reader *r, size_t n, size_t bytes,
    struct error *err)
{
	size_t i, k;
	char *p;

	buf_reset(&r->converted);
	if (!buf_reserve(&r->converted, 3 * bytes))
		return error_memory(err);
	p = r->converted.p;
	for (i = 0; i < n; i++) {
		struct field *f = &r->fields[i];
		const char *from = p;

		if (!has_high(f))
			continue;
		for (k = 0; k < f->n; k++)
			p = put_utf8(p, of_windows(f->p[k]));
		f->p = from;
		f->n = (size_t)(p - from);
	}
	return 0;
}

/* Behind a BOM, and before empty lines at the end. */
static void trim(struct csv_reader *r)
{
	if (!r->format.windows_1252 && r->end - r->p >= 3 &&
	    memcmp(r->p, "\xef\xbb\xbf", 3) == 0)
		r->p += 3;
	r->base = r->p;
	while (r->end > r->p && r->end[-1] == '\n') {
		r->end--;
		if (r->end > r->p && r->end[-1] == '\r')
			r->end--;
	}
}

static struct field *next_field(struct csv_reader *r, size_t i,
    struct error *err)
{
	struct field *more = mem_grow(r->fields, i, &r->cap, sizeof(*more));

	if (more == NULL) {
		error_memory(err);
		return NULL;
	}
	r->fields = more;
	return more + i;
}

/* Before anything of it is copied: whether a field that ends there makes the
 * record too large. */
static int check_size(struct csv_reader *r, const char *field, const char *end,
    struct error *err)
{
	return end - r->record > RECORD_MOST
	    ? fail(r, field, "a row of more than 1 GiB", err)
	    : 0;
}

/* Behind the opening quote. A field with doubled quotes goes to scratch: f->p
 * is NULL and f->n its start there, until the record ends. */
static int read_quoted(struct csv_reader *r, struct field *f, struct error *err)
{
	const char *open = r->p, *from = open + 1, *q = from;
	size_t start = r->scratch.n;
	int64_t lines = 0;

	for (;; q++) {
		q = sixteen_find(q, r->end, r->format.quote, '\n', '\n');
		if (q == r->end)
			return fail(r, open, "this quote is never closed", err);
		if (*q == '\n') {
			lines++;
			continue;
		}
		if (check_size(r, open, q, err))
			return ERROR_SYNTAX;
		if (q + 1 == r->end || q[1] != r->format.quote)
			break;
		q++;
		buf_add(&r->scratch, from, (size_t)(q - from));
		from = q + 1;
	}
	f->null = false;
	if (from == open + 1) {
		f->p = from;
		f->n = (size_t)(q - from);
	} else {
		buf_add(&r->scratch, from, (size_t)(q - from));
		/* its end is the start of the next one; kept by an added NUL */
		buf_add_char(&r->scratch, '\0');
		f->p = NULL;
		f->n = start;
	}
	r->p = q + 1;
	r->line += lines;
	if (r->p < r->end && !r->stop[(unsigned char)*r->p])
		return fail(r, r->p,
		    "text behind a closing quote; a quote within quotes is "
		    "doubled",
		    err);
	return 0;
}

static void read_plain(struct csv_reader *r, struct field *f)
{
	const char *p =
	    sixteen_find(r->p, r->end, r->format.delimiter, '\n', '\r');

	f->p = r->p;
	f->n = (size_t)(p - r->p);
	if (f->n == r->null_len && memcmp(f->p, r->format.null, f->n) == 0)
		f->n = 0;
	f->null = f->n == 0;
	r->p = p;
}

/* In a file with NUL bytes: a field that is one and nothing else is how a
 * record system writes a character that was never set, so it is NULL; any
 * other NUL byte is damage. raw is the field with its quotes. */
static int check_nul(struct csv_reader *r, struct field *f, struct bytes raw,
    struct error *err)
{
	const char *nul = memchr(raw.p, '\0', raw.n);

	if (nul == NULL)
		return 0;
	if (raw.n > 1)
		return fail_bytes(
		    (struct bytes){ r->base, (size_t)(r->end - r->base) },
		    (size_t)(nul - r->base), !r->format.windows_1252,
		    "a NUL byte, which is no text", err);
	f->n = 0;
	f->null = true;
	return 0;
}

/* Fields in scratch get their addresses, now that it moves no more. */
static int settle(struct csv_reader *r, size_t n, struct error *err)
{
	size_t i;

	if (buf_check(&r->scratch, err))
		return ERROR_MEMORY;
	for (i = 0; i < n; i++) {
		struct field *f = &r->fields[i];

		if (f->p != NULL)
			continue;
		f->p = r->scratch.p + f->n;
		f->n = strlen(f->p);
	}
	return 0;
}

static int ragged(struct csv_reader *r, size_t n, bool more, const char *at,
    struct error *err)
{
	place(r->base, at, r->line, !r->format.windows_1252, err);
	if (r->format.no_header)
		return error_set(err, ERROR_SYNTAX,
		    "this row has %s%zu field%s, not %zu",
		    more ? "more than " : "", n, n == 1 ? "" : "s", r->n);
	return error_set(err, ERROR_SYNTAX,
	    "this row has %s%zu field%s, the header has %zu",
	    more ? "more than " : "", n, n == 1 ? "" : "s", r->n);
}

/* Over the end of a line. */
static int end_line(struct csv_reader *r, struct error *err)
{
	if (*r->p == '\r') {
		if (r->p + 1 == r->end || r->p[1] != '\n')
			return fail(r, r->p,
			    "a carriage return (CR) in the middle of a line; "
			    "within a field it stands between quotes",
			    err);
		r->p++;
	}
	r->p++;
	return 0;
}

/* One record into fields; *n is how many. */
static int read_record(struct csv_reader *r, size_t *n, struct error *err)
{
	size_t i = 0;
	int rc = 0;

	*n = 0;
	r->record = r->p;
	r->record_line = r->line;
	if (r->scratch.n > 0)
		buf_reset(&r->scratch);
	for (;;) {
		const char *from = r->p;
		struct field *f;

		if (r->n > 0 && i == r->n)
			return ragged(r, i, true, r->p, err);
		f = i < r->cap ? r->fields + i : next_field(r, i, err);
		if (f == NULL)
			return ERROR_MEMORY;
		i++;
		if (r->p < r->end && *r->p == r->format.quote &&
		    !r->format.no_quote) {
			rc = read_quoted(r, f, err);
			if (rc)
				return rc;
		} else {
			read_plain(r, f);
			if ((rc = check_size(r, from, r->p, err)))
				return rc;
		}
		if (r->has_nul &&
		    (rc = check_nul(r, f,
		         (struct bytes){ from, (size_t)(r->p - from) }, err)))
			return rc;
		if (r->p == r->end)
			break;
		if (*r->p != r->format.delimiter) {
			rc = end_line(r, err);
			break;
		}
		r->p++;
	}
	if (rc)
		return rc;
	if (r->n > 0 && i < r->n)
		return ragged(r, i, false, r->record, err);
	r->line++;
	*n = i;
	if (r->scratch.n > 0 || r->scratch.failed)
		rc = settle(r, i, err);
	if (rc == 0 && r->format.windows_1252)
		rc = convert(r, i, (size_t)(r->p - r->record), err);
	return rc;
}

static int read_header(struct csv_reader *r, struct error *err)
{
	size_t n, i, used = 0, null_len = r->null_len;
	int rc;

	/* a name is a name, also where values of its spelling are NULL */
	if (!r->format.no_header)
		r->null_len = 0;
	rc = read_record(r, &n, err);
	r->null_len = null_len;
	if (rc)
		return rc;
	r->n = n;
	r->has_first = r->format.no_header;
	r->names = mem_array(n, sizeof(*r->names));
	if (r->names == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		size_t before = r->name_text.n;

		if (r->format.no_header)
			buf_printf(&r->name_text, "c%zu", i + 1);
		else
			buf_add(&r->name_text, r->fields[i].p, r->fields[i].n);
		r->names[i].n = r->name_text.n - before;
	}
	if (buf_check(&r->name_text, err))
		return ERROR_MEMORY;
	for (i = 0; i < n; i++) {
		r->names[i].p = buf_bytes(&r->name_text).p + used;
		used += r->names[i].n;
	}
	return 0;
}

static struct csv_reader *make(const struct csv_format *format)
{
	struct csv_reader *r = mem_alloc(sizeof(*r));

	if (r == NULL)
		return NULL;
	r->format = *format;
	if (r->format.delimiter == '\0')
		r->format.delimiter = ',';
	if (r->format.quote == '\0')
		r->format.quote = '"';
	if (format->windows_1252)
		to_windows(r->format.null, sizeof(r->format.null));
	r->null_len = strnlen(r->format.null, sizeof(r->format.null));
	r->stop[(unsigned char)r->format.delimiter] = true;
	r->stop['\n'] = r->stop['\r'] = true;
	r->line = 1;
	return r;
}

static int check_format(const struct csv_format *f, struct error *err)
{
	if ((f->delimiter == f->quote && !f->no_quote) ||
	    f->delimiter == '\n' || f->delimiter == '\r' || f->quote == '\n' ||
	    f->quote == '\r' || (unsigned char)f->delimiter > 0x7f ||
	    (unsigned char)f->quote > 0x7f)
		return error_set(err, ERROR_USAGE,
		    "delimiter and quote are two different ASCII characters "
		    "that end no line");
	return 0;
}

static int begin(struct csv_reader *r, struct bytes data, struct error *err)
{
	int rc = check_format(&r->format, err);

	if (rc || (rc = check_bytes(data, &r->format, &r->has_nul, err)))
		return rc;
	r->p = data.p;
	r->end = data.p + data.n;
	trim(r);
	if (r->p == r->end)
		return check_bytes((struct bytes){ "", 0 }, &r->format,
		    &r->has_nul, err);
	r->records = r->held = r->fetched = r->p;
	r->records_line = r->line;
	rc = read_header(r, err);
	if (!r->format.no_header) {
		r->records = r->p;
		r->records_line = r->line;
	}
	r->one_column_null =
	    r->format.one_column_null && r->n == 1 && r->null_len == 0;
	return rc;
}

int csv_open(struct bytes data, const struct csv_format *format,
    struct csv_reader **out, struct error *err)
{
	int rc;

	*out = make(format);
	if (*out == NULL)
		return error_memory(err);
	rc = begin(*out, data, err);
	if (rc)
		csv_closep(out);
	return rc;
}

void csv_close(struct csv_reader *r)
{
	if (r == NULL)
		return;
	mem_free(r->fields);
	mem_free(r->names);
	buf_clear(&r->name_text);
	buf_clear(&r->scratch);
	buf_clear(&r->converted);
	mem_free(r);
}

void csv_closep(struct csv_reader **r)
{
	csv_close(*r);
	*r = NULL;
}

void csv_header(const struct csv_reader *r, const struct field **names,
    size_t *n)
{
	*names = r->names;
	*n = r->n;
}

/* The pages of a map to be read now come, and those behind go. */
static int next_pages(struct csv_reader *r, struct error *err)
{
	struct bytes next = { r->p, (size_t)(r->end - r->p) };

	file_map_let_go((struct bytes){ r->held, (size_t)(r->p - r->held) });
	r->held = r->p;
	if (next.n > WINDOW)
		next.n = WINDOW;
	r->fetched = r->p + next.n;
	return file_map_fetch(next, err);
}

int csv_next(struct csv_reader *r, const struct field **fields, size_t *n,
    struct error *err)
{
	int rc = 0;

	*n = r->n;
	if (r->has_first)
		r->has_first = false;
	else if (r->p == r->end)
		return 0;
	else if (!r->format.is_mapped || r->p < r->fetched ||
	    (rc = next_pages(r, err)) == 0)
		rc = read_record(r, n, err);
	if (rc)
		return rc;
	if (r->one_column_null && r->fields[0].n == 0)
		r->fields[0].null = true;
	*fields = r->fields;
	return 1;
}

void csv_rewind(struct csv_reader *r)
{
	r->p = r->held = r->fetched = r->records;
	r->line = r->records_line;
	r->has_first = false;
}

int64_t csv_line(const struct csv_reader *r)
{
	return r->record_line;
}
