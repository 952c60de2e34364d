/* records: see records.h. */
#include "runner/records.h"

#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/record.h"

enum {
	HELD = 4 << 20 /* bytes of the file that may stay in memory */
};

struct records {
	struct store *st;
	struct table_spec spec;
	int fd;
	json_t *told; /* the columns that the builder has, as they came */
	struct column *columns;
	struct table_build *build; /* NULL: nothing taken yet */
	struct field *fields;
	uint64_t taken; /* bytes of the file */
	int rc; /* of rows that were early */
	struct error why;
};

int records_open(struct store *st, const struct table_spec *spec, int fd,
    struct records **out, struct error *err)
{
	struct records *r = mem_alloc(sizeof(*r));

	*out = r;
	if (r == NULL)
		return error_memory(err);
	r->st = st;
	r->spec = *spec;
	r->fd = fd;
	return 0;
}

/* Nothing is taken yet. */
static void forget(struct records *r)
{
	table_build_closep(&r->build);
	columns_free(r->columns, r->spec.n_columns);
	mem_free(r->fields);
	json_decref(r->told);
	r->columns = NULL;
	r->fields = NULL;
	r->told = NULL;
	r->spec.n_columns = 0;
	r->taken = 0;
	r->rc = 0;
	r->why = (struct error){ 0 };
}

void records_close(struct records *r)
{
	if (r == NULL)
		return;
	forget(r);
	mem_free(r);
}

void records_closep(struct records **r)
{
	records_close(*r);
	*r = NULL;
}

static int begin(struct records *r, const json_t *message, struct error *err)
{
	json_t *columns = json_object_get(message, "columns");
	int rc = columns_parse(columns, &r->columns, &r->spec.n_columns, err);

	if (rc)
		return rc;
	r->told = json_incref(columns);
	r->spec.columns = r->columns;
	r->fields = mem_array(r->spec.n_columns, sizeof(*r->fields));
	if (r->fields == NULL)
		return error_memory(err);
	return table_build_open(r->st, &r->spec, &r->build, err);
}

/* Of what was read, the memory. */
static void let_go(const struct record_scan *scan, const char **held)
{
	size_t n = (size_t)(scan->text.p - *held);

	if (n < HELD)
		return;
	file_map_let_go((struct bytes){ *held, n });
	*held = scan->text.p;
}

static int add_rows(struct records *r, struct bytes text, struct error *err)
{
	CLEANUP(record_clear)
	struct record_scan scan = {
		.text = text,
		.n_fields = r->spec.n_columns,
	};
	const char *held = text.p;
	int rc = 0;

	while (rc == 0 && (rc = record_next(&scan, r->fields, err)) > 0) {
		rc = table_build_add(r->build, r->fields, err);
		let_go(&scan, &held);
	}
	return rc;
}

/* The rows up to this byte of the file, or to its end. */
static int take(struct records *r, uint64_t to, struct error *err)
{
	CLEANUP(file_map_clear) struct file_map map = { 0 };
	int rc = file_map_fd(r->fd, &map, err);

	if (rc)
		return rc;
	if (to > map.data.n)
		to = map.data.n;
	if (to <= r->taken)
		return 0;
	rc = add_rows(r, (struct bytes){ map.data.p + r->taken, to - r->taken },
	    err);
	r->taken = to;
	return rc;
}

void records_early(const json_t *message, void *records)
{
	struct records *r = records;
	json_int_t to = json_integer_value(json_object_get(message, "early"));

	if (r->rc == 0 && r->told == NULL)
		r->rc = begin(r, message, &r->why);
	if (r->rc == 0 && to > 0)
		r->rc = take(r, (uint64_t)to, &r->why);
}

int records_finish(struct records *r, const json_t *reply, struct table *out,
    struct error *err)
{
	json_int_t from = json_integer_value(json_object_get(reply, "from"));
	int rc = 0;

	if (from > 0 || !json_equal(r->told, json_object_get(reply, "columns")))
		forget(r);
	if (r->rc)
		return error_set(err, r->why.code, "%s", r->why.msg);
	if (r->told == NULL) {
		r->taken = from > 0 ? (uint64_t)from : 0;
		rc = begin(r, reply, err);
	}
	if (rc || (rc = take(r, UINT64_MAX, err)))
		return rc;
	/* the sync that makes the table durable should not write them, too */
	if (os_ftruncate(r->fd, 0) < 0)
		return error_sys(err, "truncate");
	return table_build_finish(r->build, out, err);
}
