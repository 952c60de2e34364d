/* table_csv: a table as a CSV file (table.h). */
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/table.h"

enum {
	CHUNK = 1 << 20
};

/* Whether a record is written as the parts have it. */
static bool is_as_parts(const struct table *t, const struct csv_format *f)
{
	return (f->delimiter == '\0' || f->delimiter == ',') &&
	    (f->quote == '\0' || f->quote == '"') && f->null[0] == '\0' &&
	    (!f->one_column_null || t->n_columns > 1);
}

static int write_header(const struct table *t, const struct csv_format *f,
    int fd, struct error *err)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	CLEANUP(mem_freep)
	struct field *names = mem_array(t->n_columns, sizeof(*names));
	size_t i;

	if (names == NULL)
		return error_memory(err);
	for (i = 0; i < t->n_columns; i++)
		names[i] = (struct field){ t->columns[i].name,
			strlen(t->columns[i].name), false };
	csv_add_record_as(&b, names, t->n_columns, f);
	if (buf_check(&b, err))
		return ERROR_MEMORY;
	return file_write_fd(fd, buf_bytes(&b), err);
}

static int write_parts(struct store *st, const struct table *t, int fd,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < t->n_parts; i++) {
		buf_reset(&b);
		rc = store_get(st, &t->parts[i].blob, &b, err);
		if (rc == 0)
			rc = file_write_fd(fd, buf_bytes(&b), err);
	}
	return rc;
}

static int write_rows(struct store *st, const struct table *t,
    const struct csv_format *f, int fd, struct error *err)
{
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	CLEANUP(buf_clear) struct buf b = { 0 };
	const struct field *fields;
	int rc = table_reader_open(st, t, &r, err);

	if (rc)
		return rc;
	while ((rc = table_reader_next(r, &fields, err)) > 0) {
		csv_add_record_as(&b, fields, t->n_columns, f);
		if (b.n < CHUNK && !b.failed)
			continue;
		if ((rc = buf_check(&b, err)) ||
		    (rc = file_write_fd(fd, buf_bytes(&b), err)))
			return rc;
		buf_reset(&b);
	}
	if (rc == 0)
		rc = buf_check(&b, err);
	return rc ? rc : file_write_fd(fd, buf_bytes(&b), err);
}

int table_write_csv(struct store *st, const struct table *t,
    const struct csv_format *format, int fd, struct error *err)
{
	int rc = format->no_header ? 0 : write_header(t, format, fd, err);

	if (rc)
		return rc;
	return is_as_parts(t, format) ? write_parts(st, t, fd, err)
	                              : write_rows(st, t, format, fd, err);
}
