/* CSV: csv-spectrum, every error with its place, writing reads back. */
#include "tests/unit/cmocka_all.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/csv.h"
#include "cache/record.h"

static const struct csv_format plain = { 0 };

static bool field_is(const struct field *f, const char *want)
{
	return f->n == strlen(want) && memcmp(f->p, want, f->n) == 0;
}

/* The records of text as JSON: [["a","b"],[null,""]], the header first. */
static char *parse(struct bytes text, const struct csv_format *format,
    struct error *err)
{
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	CLEANUP(buf_clear) struct buf b = { 0 };
	json_auto_t *all = json_array();
	const struct field *fields;
	size_t n, i;
	int rc = csv_open(text, format, &r, err);

	if (rc)
		return NULL;
	csv_header(r, &fields, &n);
	do {
		json_t *row = json_array();

		for (i = 0; i < n; i++)
			json_array_append_new(row,
			    fields[i].null
			        ? json_null()
			        : json_stringn(fields[i].p, fields[i].n));
		json_array_append_new(all, row);
		rc = csv_next(r, &fields, &n, err);
	} while (rc > 0);
	if (rc < 0)
		return NULL;
	assert_int_equal(json_print(all, &b, NULL), 0);
	b.p[--b.n] = '\0';
	return buf_steal(&b);
}

static void check(const char *text, const struct csv_format *format,
    const char *want)
{
	struct error err = { 0 };
	char *got = parse(bytes_of(text), format, &err);

	if (got == NULL)
		fail_msg("'%s': %s", text, err.msg);
	assert_string_equal(got, want);
	mem_free(got);
}

static void records_are_read(void **state)
{
	(void)state;
	check("a,b\n1,2\n", &plain, "[[\"a\",\"b\"],[\"1\",\"2\"]]");
	check("a,b\r\n1,2\r\n", &plain, "[[\"a\",\"b\"],[\"1\",\"2\"]]");
	check("\xef\xbb\xbf"
	      "a,b\n1,2",
	    &plain, "[[\"a\",\"b\"],[\"1\",\"2\"]]");
	check("a,b\n,\"\"\n", &plain, "[[\"a\",\"b\"],[null,\"\"]]");
	check("a,b\n1,2\n\n\r\n\n", &plain, "[[\"a\",\"b\"],[\"1\",\"2\"]]");
	check("\"a\",\"b\"\n\"1\",\"x\"\"y\"\n", &plain,
	    "[[\"a\",\"b\"],[\"1\",\"x\\\"y\"]]");
	check("a,b\n\"\"\"\",\"\"\"q\"\"\"\n", &plain,
	    "[[\"a\",\"b\"],[\"\\\"\",\"\\\"q\\\"\"]]");
	check("a,b\n5'10\",x\n", &plain,
	    "[[\"a\",\"b\"],[\"5'10\\\"\",\"x\"]]");
	check("a,b\n1,\"x\r\ny\"\n", &plain,
	    "[[\"a\",\"b\"],[\"1\",\"x\\r\\ny\"]]");
	check("a,b\n1,\"x\r\"\n", &plain, "[[\"a\",\"b\"],[\"1\",\"x\\r\"]]");
	check("a,b\n", &plain, "[[\"a\",\"b\"]]");
	check("a,b", &plain, "[[\"a\",\"b\"]]");
	check(",b\n1,2\n", &plain, "[[\"\",\"b\"],[\"1\",\"2\"]]");
	check("a\n1\n\n2\n\n", &plain, "[[\"a\"],[\"1\"],[null],[\"2\"]]");
	check("a,b\n1,\n", &plain, "[[\"a\",\"b\"],[\"1\",null]]");
	check("a,b\n1,", &plain, "[[\"a\",\"b\"],[\"1\",null]]");
}

static void formats_are_followed(void **state)
{
	struct csv_format pipe = { .delimiter = '|', .quote = '\'' };
	struct csv_format no_header = { .no_header = true };
	struct csv_format na = { .null = "NA" };
	struct csv_format one = { .one_column_null = true };
	struct csv_format windows = { .windows_1252 = true };

	(void)state;
	check("a|b\n'x|''y'|1,2\n", &pipe,
	    "[[\"a\",\"b\"],[\"x|'y\",\"1,2\"]]");
	check("1,2\n3,4\n", &no_header,
	    "[[\"c1\",\"c2\"],[\"1\",\"2\"],[\"3\",\"4\"]]");
	check("a,b,c\nNA,\"NA\",\n", &na,
	    "[[\"a\",\"b\",\"c\"],[null,\"NA\",null]]");
	check("NA,b\nNA,1\n", &na, "[[\"NA\",\"b\"],[null,\"1\"]]");
	check("a\n\"\"\nx\n", &one, "[[\"a\"],[null],[\"x\"]]");
	check("a,b\n\"\",x\n", &one, "[[\"a\",\"b\"],[\"\",\"x\"]]");
	check("n\nM\xfcller \x80\x92\n", &windows,
	    "[[\"n\"],[\"M\xc3\xbcller \xe2\x82\xac\xe2\x80\x99\"]]");
	pipe.quote = '|';
	assert_null(parse(bytes_of("a\n"), &pipe, NULL));
}

static void formats_that_are_none(void **state)
{
	static const struct csv_format cases[] = { { .delimiter = '\n' },
		{ .delimiter = '\r' }, { .quote = '\n' }, { .quote = '\r' },
		{ .delimiter = '\xa4' }, { .quote = '\xab' },
		{ .delimiter = ';', .quote = ';' } };
	const struct csv_format alone = { .delimiter = ';',
		.quote = ';',
		.no_quote = true };
	const struct csv_format no_header = { .no_header = true };
	struct error err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		err = (struct error){ 0 };
		assert_null(parse(bytes_of("a\n"), &cases[i], &err));
		assert_int_equal(err.code, ERROR_USAGE);
	}
	check("a;b\n\"1;2\n", &alone, "[[\"a\",\"b\"],[\"\\\"1\",\"2\"]]");
	err = (struct error){ 0 };
	assert_null(parse(bytes_of("1,2\n3\n"), &no_header, &err));
	assert_string_equal(err.msg, "this row has 1 field, not 2");
	assert_int_equal(err.line, 2);
	err = (struct error){ 0 };
	assert_null(parse(bytes_of("1\n1,2\n"), &no_header, &err));
	assert_string_equal(err.msg, "this row has more than 1 field, not 1");
	err = (struct error){ 0 };
	assert_null(parse(bytes_of("1,2,3\n1,2\n"), &no_header, &err));
	assert_string_equal(err.msg, "this row has 2 fields, not 3");
}

/* A field of one NUL in front of more than is looked through at once. */
static void a_nul_before_a_window(void **state)
{
	enum {
		WINDOW = 4 << 20
	};
	const struct csv_format windows = { .windows_1252 = true };
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	const struct field *f;
	struct error err = { 0 };
	size_t n;
	int rows = 0;

	(void)state;
	buf_add(&text, "a,b\n\0,\xfc\n", 8);
	while (text.n < WINDOW + 100)
		buf_add_str(&text, "x,y\n");
	assert_int_equal(csv_open(buf_bytes(&text), &windows, &r, &err), 0);
	assert_int_equal(csv_next(r, &f, &n, &err), 1);
	assert_int_equal(n, 2);
	assert_true(f[0].null);
	assert_int_equal(f[1].n, 2); /* u with two dots, in UTF-8 */
	assert_memory_equal(f[1].p, "\xc3\xbc", 2);
	while (csv_next(r, &f, &n, &err) > 0)
		rows++;
	assert_int_equal(err.code, 0);
	assert_int_equal(rows, (text.n - 8) / 4);
}

static void errors_have_a_place(void **state)
{
	static const struct {
		const char *text;
		size_t n; /* 0: strlen */
		int line, col;
		const char *words;
	} cases[] = {
		{ "", 0, 0, 0, "empty" },
		{ "\n\n", 0, 0, 0, "empty" },
		{ "\xef\xbb\xbf", 0, 0, 0, "empty" },
		{ "a,b\n1\n", 0, 2, 1, "1 field, the header has 2" },
		{ "a,b\n1,2,3\n", 0, 2, 5, "more than 2 fields" },
		{ "a,b\n1,2\n\n3,4\n", 0, 3, 1, "1 field" },
		{ "a,b\n\"x\ny\",2\n1\n", 0, 4, 1, "1 field" },
		{ "a,b\n1,x\0\n", 9, 2, 4, "NUL" },
		{ "a,b\n1,\"\0\"\n", 10, 2, 4, "NUL" },
		{ "a,b\n1,\"x\n\0y\nz\"\n", 15, 3, 1, "NUL" },
		{ "a,b\n\xc3\xa9,\xff\n", 0, 2, 3, "UTF-8" },
		{ "a,b\n1,\"x\n", 0, 2, 3, "never closed" },
		{ "a,b\n\xc3\xa9,\"x\"y\n", 0, 2, 6, "closing quote" },
		{ "a,b\n\"x\n\"y,1\n", 0, 3, 2, "closing quote" },
		{ "a,b\r1,2\r", 0, 1, 4, "CR" },
		{ "a,b\n1,2\r", 0, 2, 4, "CR" },
		{ "\xff\xfe"
		  "a",
		    0, 1, 1, "UTF-16" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = cases[i].n ? cases[i].n : strlen(cases[i].text);
		struct bytes text = { cases[i].text, n };
		struct error err = { 0 };

		if (parse(text, &plain, &err) != NULL)
			fail_msg("case %zu is read", i);
		assert_int_equal(err.code, ERROR_SYNTAX);
		if (strstr(err.msg, cases[i].words) == NULL)
			fail_msg("case %zu: %s", i, err.msg);
		if (err.line != cases[i].line || err.col != cases[i].col)
			fail_msg("case %zu: %d:%d", i, err.line, err.col);
	}
}

/* A character that was never set, as record systems export it. */
static void a_field_of_one_nul_is_null(void **state)
{
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	const struct field *f;
	size_t n;

	(void)state;
	assert_int_equal(csv_open((struct bytes){ "a,b,c\n\0,x,\0\n", 12 },
	                     &plain, &r, NULL),
	    0);
	assert_int_equal(csv_next(r, &f, &n, NULL), 1);
	assert_int_equal(n, 3);
	assert_true(f[0].null && !f[1].null && f[2].null);
	assert_int_equal(csv_next(r, &f, &n, NULL), 0);
}

/* The bytes that the code page does not define (Microsoft's table): 81 8d 8f 90
 * 9d; and where the next error of a line is. */
static void windows_1252_has_holes(void **state)
{
	struct csv_format windows = { .windows_1252 = true };
	unsigned c;

	(void)state;
	for (c = 0x80; c < 0x100; c++) {
		bool is_hole = c == 0x81 || c == 0x8d || c == 0x8f ||
		    c == 0x90 || c == 0x9d;
		char text[] = "a,b\n\xfc,\xfc?\n";
		struct error err = { 0 };
		char *got;

		text[7] = (char)c;
		got = parse(bytes_of(text), &windows, &err);
		assert_int_equal(got == NULL, is_hole);
		if (is_hole) {
			assert_int_equal(err.line, 2);
			assert_int_equal(err.col, 4);
			assert_string_equal(err.msg,
			    "a byte that windows-1252 does not have");
		}
		mem_free(got);
	}
}

static void places_in_windows_1252(void **state)
{
	struct csv_format windows = { .windows_1252 = true };
	struct error err = { 0 };

	(void)state;
	assert_null(
	    parse(bytes_of("\xe4\n1\n\xfc\xfc\"\xfc,2\n"), &windows, &err));
	assert_int_equal(err.line, 3);
	assert_int_equal(err.col, 6);
	err = (struct error){ 0 };
	assert_null(parse(bytes_of("\xe4\n\"\xfc\"\xfc\n"), &windows, &err));
	assert_int_equal(err.line, 2);
	assert_int_equal(err.col, 4);
	err = (struct error){ 0 };
	assert_null(parse(bytes_of("\xef\xbb\xbf"
	                           "a\n1\n"),
	    &windows, &err));
	assert_non_null(strstr(err.msg, "the mark of UTF-8"));
}

/* Quoted, doubled, in a header, as the word for NULL. */
static void windows_1252_everywhere(void **state)
{
	struct csv_format windows = { .windows_1252 = true };
	struct csv_format none = { .windows_1252 = true,
		.null = "sp\xc3\xa4ter" };
	struct csv_format euro = { .windows_1252 = true,
		.null = "\xe2\x82\xac" };
	struct csv_format never = { .windows_1252 = true, .null = "\xc4\x80" };

	(void)state;
	check("\xdcnit,b\n\"\"\"\xfc\"\"\",\n,\"\xa0\"\n", &windows,
	    "[[\"\xc3\x9cnit\",\"b\"],[\"\\\"\xc3\xbc\\\"\",null],"
	    "[null,\"\xc2\xa0\"]]");
	check("a,b\nsp\xe4ter,\"sp\xe4ter\"\n", &none,
	    "[[\"a\",\"b\"],[null,\"sp\xc3\xa4ter\"]]");
	check("a,b\n\x80,\"\x80\"\n", &euro,
	    "[[\"a\",\"b\"],[null,\"\xe2\x82\xac\"]]");
	check("a,b\n\xc4\x80,\n", &never,
	    "[[\"a\",\"b\"],[\"\xc3\x84\xe2\x82\xac\",null]]");
}

static void quotes_may_be_letters(void **state)
{
	struct csv_format pipe = { .delimiter = '|', .no_quote = true };
	struct csv_format quote = { .delimiter = '"', .no_quote = true };

	(void)state;
	check("a|b\n\"x|6\"\n\"\"|\n", &pipe,
	    "[[\"a\",\"b\"],[\"\\\"x\",\"6\\\"\"],[\"\\\"\\\"\",null]]");
	check("\"a\"|b\n", &pipe, "[[\"\\\"a\\\"\",\"b\"]]");
	check("a\"b\n1\"2\n", &quote, "[[\"a\",\"b\"],[\"1\",\"2\"]]");
}

static void what_is_no_text_is_named(void **state)
{
	static const char *const texts[][2] = {
		{ "\x1f\x8b\x08\x01", "gzip" },
		{ "PK\x03\x04xl/", "zip archive or an Excel file" },
		{ "\xff\xfe"
		  "a\n",
		    "UTF-16" },
	};
	struct csv_format windows = { .windows_1252 = true };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		struct error err = { 0 }, other = { 0 };

		assert_null(parse(bytes_of(texts[i][0]), &plain, &err));
		assert_non_null(strstr(err.msg, texts[i][1]));
		assert_null(parse(bytes_of(texts[i][0]), &windows, &other));
		assert_non_null(strstr(other.msg, texts[i][1]));
	}
}

static void lines_are_told(void **state)
{
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	const struct field *f;
	size_t n;

	(void)state;
	assert_int_equal(
	    csv_open(bytes_of("a\n1\n\"x\n\ny\"\n2\n"), &plain, &r, NULL), 0);
	assert_int_equal(csv_next(r, &f, &n, NULL), 1);
	assert_int_equal(csv_line(r), 2);
	assert_int_equal(csv_next(r, &f, &n, NULL), 1);
	assert_int_equal(csv_line(r), 3);
	assert_int_equal(csv_next(r, &f, &n, NULL), 1);
	assert_int_equal(csv_line(r), 6);
	assert_true(field_is(f, "2"));
	assert_int_equal(csv_next(r, &f, &n, NULL), 0);
	assert_int_equal(csv_next(r, &f, &n, NULL), 0);
}

static void one_spectrum(const char *name)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, expected = { 0 };
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	json_auto_t *want = NULL;
	const struct field *names, *f;
	struct error err = { 0 };
	char path[256];
	size_t n, i, row = 0;
	int rc;

	snprintf(path, sizeof(path), "tests/data/csv-spectrum/csvs/%s.csv",
	    name);
	assert_int_equal(file_read(path, FILE_MAX, &text, NULL), 0);
	snprintf(path, sizeof(path), "tests/data/csv-spectrum/json/%s.json",
	    name);
	assert_int_equal(file_read(path, FILE_MAX, &expected, NULL), 0);
	assert_int_equal(json_parse(buf_bytes(&expected), &want, &err), 0);
	assert_int_equal(csv_open(buf_bytes(&text), &plain, &r, &err), 0);
	csv_header(r, &names, &n);
	while ((rc = csv_next(r, &f, &n, &err)) > 0) {
		json_t *object = json_array_get(want, row++);

		assert_int_equal(json_object_size(object), n);
		for (i = 0; i < n; i++) {
			char key[64];

			snprintf(key, sizeof(key), "%.*s", (int)names[i].n,
			    names[i].p);
			assert_true(
			    field_is(&f[i], json_str_or(object, key, "?")));
		}
	}
	assert_int_equal(rc, 0);
	assert_int_equal(row, json_array_size(want));
}

/* But for location_coordinates: its JSON is of another row than its CSV. */
static void spectrum(void **state)
{
	static const char *const names[] = { "comma_in_quotes", "empty",
		"empty_crlf", "escaped_quotes", "json", "newlines",
		"newlines_crlf", "quotes_and_newlines", "simple", "simple_crlf",
		"utf8" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++)
		one_spectrum(names[i]);
}

static uint64_t seed = 4711;

static unsigned next_random(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % below);
}

/* Fields from letters that matter. */
static void make_field(struct field *f, char *room)
{
	static const char letters[] = "ab,\"\n\r|'N A";
	size_t i;

	f->null = next_random(5) == 0;
	f->n = f->null ? 0 : next_random(6);
	for (i = 0; i < f->n; i++)
		room[i] = letters[next_random(sizeof(letters) - 1)];
	if (next_random(20) == 0 && !f->null) {
		memcpy(room, "NA", 2);
		f->n = 2;
	}
	f->p = room;
}

static void expect_fields(const struct field *got, const struct field *want,
    size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		assert_int_equal(got[i].null, want[i].null);
		assert_int_equal(got[i].n, want[i].n);
		assert_memory_equal(got[i].p, want[i].p, want[i].n);
	}
}

static void what_is_written_reads_back(void **state)
{
	static const struct csv_format formats[] = { { 0 }, { .null = "NA" },
		{ .delimiter = '|', .quote = '\'' },
		{ .no_header = true, .null = "N" } };
	int round;

	(void)state;
	print_message("seed %" PRIu64 "\n", seed);
	for (round = 0; round < 20000; round++) {
		CLEANUP(buf_clear) struct buf file = { 0 }, part = { 0 };
		CLEANUP(csv_closep) struct csv_reader *r = NULL;
		struct record_scan scan = { 0 };
		struct field record[4];
		const struct csv_format *f =
		    &formats[next_random(ARRAY_LEN(formats))];
		struct field fields[4], head[4];
		const struct field *got;
		char room[4][8];
		size_t n = 2 + next_random(3), i, m;

		for (i = 0; i < n; i++) {
			make_field(&fields[i], room[i]);
			head[i] = (struct field){ "h", 1, false };
		}
		if (!f->no_header)
			csv_add_record_as(&file, head, n, f);
		csv_add_record_as(&file, fields, n, f);
		csv_add_record(&part, fields, n);
		assert_int_equal(csv_open(buf_bytes(&file), f, &r, NULL), 0);
		assert_int_equal(csv_next(r, &got, &m, NULL), 1);
		assert_int_equal(m, n);
		expect_fields(got, fields, n);
		assert_int_equal(csv_next(r, &got, &m, NULL), 0);
		scan.text = buf_bytes(&part);
		scan.n_fields = n;
		assert_int_equal(record_next(&scan, record, NULL), 1);
		expect_fields(record, fields, n);
		assert_int_equal(record_next(&scan, record, NULL), 0);
		record_clear(&scan);
	}
}

static void one_column_keeps_its_nulls(void **state)
{
	static const struct csv_format command = { .one_column_null = true };
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct field null = { NULL, 0, true };

	(void)state;
	csv_add_record_as(&b, &null, 1, &command);
	assert_string_equal(b.p, "\"\"\n");
	buf_reset(&b);
	csv_add_record(&b, &null, 1);
	csv_add_record(&b, &null, 1);
	assert_string_equal(b.p, "\n\n");
}

/* Bytes are looked at 4 MiB at a time: a character may lie across, and what
 * is none is found in its place. */
static void characters_across_a_window(void **state)
{
	enum {
		WINDOW = 4 << 20,
		LINE = 64
	};
	CLEANUP(buf_clear) struct buf text = { 0 };
	int off;

	(void)state;
	buf_printf(&text, "%0*d\n", LINE / 2 - 1, 0);
	while (text.n < WINDOW + 4 * LINE)
		buf_printf(&text, "%0*d\n", LINE - 1, 0);
	for (off = -5; off <= 5; off++) {
		CLEANUP(csv_closep) struct csv_reader *r = NULL;
		char *at = text.p + WINDOW + off;
		struct error err = { 0 };

		memcpy(at, "\xf0\x9f\x98\x80", 4);
		assert_int_equal(csv_open(buf_bytes(&text), &plain, &r, &err),
		    0);
		csv_closep(&r);
		at[3] = '0'; /* it is cut off */
		assert_int_equal(csv_open(buf_bytes(&text), &plain, &r, &err),
		    ERROR_SYNTAX);
		/* the first line is half as long */
		assert_int_equal(err.line, WINDOW / LINE + 1);
		assert_int_equal(err.col, LINE / 2 + off + 1);
		memcpy(at, "0000", 4);
	}
}

/* A map whose memory is let go is read as any other bytes, twice. */
static void a_map_reads_as_memory_does(void **state)
{
	char path[] = "/tmp/sluice-csv-XXXXXX";
	CLEANUP(fd_close) int fd = mkstemp(path);
	CLEANUP(file_map_clear) struct file_map map = { 0 };
	CLEANUP(csv_closep) struct csv_reader *a = NULL, *b = NULL;
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct csv_format mapped = { .is_mapped = true };
	const struct field *x, *y;
	size_t n, i;
	int round, rc;

	(void)state;
	assert_int_equal(unlink(path), 0);
	buf_add_str(&text, "a,b,c\n");
	for (i = 0; text.n < 10 << 20; i++)
		buf_printf(&text, "%zu,\"x \"\"%zu\"\"\",\xc3\xa9%zu\n", i,
		    i % 977, i * i);
	assert_int_equal(file_write_fd(fd, buf_bytes(&text), NULL), 0);
	assert_int_equal(file_map_fd(fd, &map, NULL), 0);
	assert_int_equal(csv_open(buf_bytes(&text), &plain, &a, NULL), 0);
	assert_int_equal(csv_open(map.data, &mapped, &b, NULL), 0);
	for (round = 0; round < 2; round++) {
		while ((rc = csv_next(a, &x, &n, NULL)) > 0) {
			assert_int_equal(csv_next(b, &y, &n, NULL), 1);
			for (i = 0; i < n; i++) {
				assert_int_equal(x[i].n, y[i].n);
				assert_memory_equal(x[i].p, y[i].p, x[i].n);
			}
		}
		assert_int_equal(rc, 0);
		assert_int_equal(csv_next(b, &y, &n, NULL), 0);
		csv_rewind(a);
		csv_rewind(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_read),
		cmocka_unit_test(formats_are_followed),
		cmocka_unit_test(formats_that_are_none),
		cmocka_unit_test(a_nul_before_a_window),
		cmocka_unit_test(errors_have_a_place),
		cmocka_unit_test(a_field_of_one_nul_is_null),
		cmocka_unit_test(windows_1252_has_holes),
		cmocka_unit_test(places_in_windows_1252),
		cmocka_unit_test(windows_1252_everywhere),
		cmocka_unit_test(quotes_may_be_letters),
		cmocka_unit_test(what_is_no_text_is_named),
		cmocka_unit_test(lines_are_told),
		cmocka_unit_test(spectrum),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(one_column_keeps_its_nulls),
		cmocka_unit_test(characters_across_a_window),
		cmocka_unit_test(a_map_reads_as_memory_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
