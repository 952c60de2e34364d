/* CSV of any bytes: what is read is written and read again as the same; each
 * value has one canonical text in each type, and what inference promises
 * holds. The first byte chooses the format. */
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/csv.h"
#include "cache/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct type types[] = {
	{ .kind = TYPE_TEXT },
	{ .kind = TYPE_INTEGER },
	{ .kind = TYPE_REAL },
	{ .kind = TYPE_DECIMAL, .precision = 12, .scale = 3 },
	{ .kind = TYPE_BOOLEAN },
	{ .kind = TYPE_DATE },
	{ .kind = TYPE_TIME },
	{ .kind = TYPE_TIMESTAMP },
	{ .kind = TYPE_TIMESTAMPTZ },
};

static void expect(bool it)
{
	if (!it)
		abort();
}

static bool same(const struct field *a, const struct field *b)
{
	return a->null == b->null && a->n == b->n &&
	    (a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
}

static void check_value(const struct field *f)
{
	CLEANUP(buf_clear) struct buf one = { 0 }, two = { 0 };
	struct type_guess g = { 0 };
	size_t i;

	type_guess_add(&g, f);
	for (i = 0; i < ARRAY_LEN(types); i++) {
		struct field out, again;

		if (type_canonical(&types[i], *f, &one, &out, NULL)) {
			expect(type_guess_kind(&g) != types[i].kind);
			continue;
		}
		expect(type_canonical(&types[i], out, &two, &again, NULL) == 0);
		expect(same(&out, &again));
		expect(type_compare(&types[i], &out, &again) == 0);
	}
}

static void check_again(const struct buf *written, size_t n, uint64_t rows)
{
	CLEANUP(buf_clear) struct buf again = { 0 };
	struct record_scan scan = { .text = buf_bytes(written), .n_fields = n };
	struct field *fields = mem_array(n, sizeof(*fields));

	expect(fields != NULL);
	for (; rows > 0; rows--) {
		expect(record_next(&scan, fields, NULL) == 1);
		csv_add_record(&again, fields, n);
	}
	expect(record_next(&scan, fields, NULL) == 0);
	expect(bytes_eq(buf_bytes(written), buf_bytes(&again)));
	record_clear(&scan);
	mem_free(fields);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	CLEANUP(buf_clear) struct buf written = { 0 };
	CLEANUP(buf_clear) struct buf exact = { 0 };
	struct csv_format format = { 0 };
	const struct field *f;
	struct error err = { 0 };
	uint64_t rows = 0;
	size_t n, i;
	int rc;

	if (size == 0)
		return 0;
	if (data[0] & 1)
		format.delimiter = ';';
	if (data[0] & 2)
		format.quote = '\'';
	if (data[0] & 4)
		memcpy(format.null, "NA", 3);
	format.no_header = data[0] & 8;
	format.windows_1252 = data[0] & 16;
	format.one_column_null = data[0] & 32;
	format.no_quote = data[0] & 64;
	if (data[0] & 128)
		memcpy(format.null, "\xc3\xa4", 3);
	/* memory of just that size, so that reading past it is found */
	buf_add(&exact, data + 1, size - 1);
	{
		CLEANUP(mem_freep) char *copy = mem_alloc(size - 1);

		memcpy(copy, exact.p, size - 1);
		rc = csv_open((struct bytes){ copy, size - 1 }, &format, &r,
		    &err);
		while (rc == 0 && (rc = csv_next(r, &f, &n, &err)) > 0) {
			for (i = 0; i < n; i++)
				check_value(&f[i]);
			csv_add_record(&written, f, n);
			rows++;
			rc = 0;
		}
		if (rc == 0)
			check_again(&written, n, rows);
		else
			expect(err.code != 0 && err.msg[0] != '\0');
		csv_closep(&r);
	}
	return 0;
}
