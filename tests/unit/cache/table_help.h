#ifndef SLUICE_TESTS_TABLE_HELP_H
#define SLUICE_TESTS_TABLE_HELP_H
/* What the tests of tables share: tables from text, and back. */
#include "tests/unit/cache/store_help.h"

#include "cache/base/digest.h"
#include "cache/table.h"

/* A table of a CSV text whose header is "name:type,...", "name" to infer. */
static inline int build_text(struct store *st, const char *text,
    const struct table_spec *contract, struct table *out, struct error *why)
{
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	struct csv_format plain = { 0 };
	struct column columns[16] = { 0 };
	char names[16][64];
	struct table_spec spec = *contract;
	const struct field *f;
	size_t n, i;
	int rc;

	OK(csv_open(bytes_of(text), &plain, &r, &err));
	csv_header(r, &f, &n);
	for (i = 0; i < n; i++) {
		char *colon;

		snprintf(names[i], sizeof(names[i]), "%.*s", (int)f[i].n,
		    f[i].p);
		colon = strchr(names[i], ':');
		if (colon != NULL) {
			*colon = '\0';
			OK(type_parse(colon + 1, &columns[i].type, &err));
		}
		columns[i].name = names[i];
	}
	spec.columns = columns;
	spec.n_columns = n;
	rc = table_build_open(st, &spec, &b, why);
	while (rc == 0 && (rc = csv_next(r, &f, &n, why)) > 0)
		rc = table_build_add(b, f, why);
	return rc ? rc : table_build_finish(b, out, why);
}

/* All parts, one behind the other; the caller's. */
static inline char *rows_of(struct store *st, const struct table *t)
{
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < t->n_parts; i++)
		OK(store_get(st, &t->parts[i].blob, &b, &err));
	return buf_steal(&b);
}

static inline void expect_rows(struct store *st, const struct table *t,
    const char *want)
{
	char *got = rows_of(st, t);

	assert_string_equal(got, want);
	mem_free(got);
}

/* "name:type,..." of a table. */
static inline void expect_columns(const struct table *t, const char *want)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	size_t i;

	for (i = 0; i < t->n_columns; i++) {
		char type[64];

		type_print(&t->columns[i].type, type, sizeof(type));
		buf_printf(&b, "%s%s:%s", i ? "," : "", t->columns[i].name,
		    type);
	}
	assert_string_equal(buf_bytes(&b).p, want);
}

/* The table of the rows that offend, and their number. */
static inline void expect_offending(struct store *st, const struct table *t,
    const char *rows, uint64_t n)
{
	CLEANUP(table_clear) struct table offending = { 0 };

	assert_int_equal(t->n_offending, n);
	OK(table_load(st, &t->offending, &offending, &err));
	assert_int_equal(offending.rows, n);
	assert_true(offending.ordered);
	expect_rows(st, &offending, rows);
}

#endif
