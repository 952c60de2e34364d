/* What a node's code leaves behind: the files of a command (what stands before
 * a line "===" is out.schema.json, the rest out.csv), or an engine's reply and
 * rows. What becomes a table reads back as many rows as it says; what does not
 * has words. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/collect.h"
#include "runner/records.h"

enum {
	KEPT = 4096 /* inputs whose tables lie in one store */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct place {
	char dir[256];
	struct store *st;
	size_t n;
} place;

static void leave_place(void)
{
	store_close(place.st);
	file_remove_tree(place.dir, NULL);
	place = (struct place){ 0 };
}

static struct place *find_place(void)
{
	static bool is_begun;
	const char *below = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	if (place.n++ == KEPT)
		leave_place();
	if (place.st == NULL &&
	    (file_make_temp_dir(below, place.dir, sizeof(place.dir), NULL) ||
	        store_open_lazy(place.dir, &place.st, NULL) ||
	        (!is_begun && atexit(leave_place))))
		abort();
	is_begun = true;
	return &place;
}

static void check_table(struct store *st, const struct table *t)
{
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *fields;
	uint64_t n = 0;
	int rc;

	if (table_reader_open(st, t, &r, NULL))
		abort();
	while ((rc = table_reader_next(r, &fields, NULL)) > 0)
		n++;
	if (rc < 0 || n != t->rows)
		abort();
}

static void put_file(const char *dir, const char *name, struct bytes text)
{
	CLEANUP(buf_clear) struct buf path = { 0 };

	buf_printf(&path, "%s/%s", dir, name);
	if (path.failed || file_write_loose(path.p, text, 0600, NULL))
		abort();
}

static void check_files(struct place *p, const struct table_spec *spec,
    struct bytes schema, struct bytes csv)
{
	CLEANUP(table_clear) struct table t = { 0 };
	static const struct csv_format format = { .one_column_null = true };
	struct result result = { 0 };
	char dir[512];

	if (file_make_temp_dir(p->dir, dir, sizeof(dir), NULL))
		abort();
	put_file(dir, "out.csv", csv);
	if (schema.n > 0)
		put_file(dir, "out.schema.json", schema);
	if (collect_output(p->st, dir, spec, &format, &t, &result, NULL))
		abort();
	if (result.state != RESULT_FAILED)
		check_table(p->st, &t);
	else if (result.message[0] == '\0')
		abort();
	file_remove_tree(dir, NULL);
}

/* The schema as the reply of an engine; a third of the rows may be early. */
static void check_rows(struct place *p, const struct table_spec *spec,
    struct bytes schema, struct bytes rows)
{
	CLEANUP(records_closep) struct records *r = NULL;
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(fd_close) int fd = -1;
	json_auto_t *reply = json_loadb(schema.p, schema.n, 0, NULL);
	struct error err = { 0 };

	if (reply == NULL)
		return;
	if (file_open_memory(&fd, NULL) || file_write_fd(fd, rows, NULL) ||
	    records_open(p->st, spec, fd, &r, NULL))
		abort();
	records_early(reply, r);
	if (records_finish(r, reply, &t, &err) == 0)
		check_table(p->st, &t);
	else if (err.msg[0] == '\0')
		abort();
}

/* Takes what stands before the first "===" and a line feed off the text. */
static struct bytes take_schema(struct bytes *text)
{
	struct bytes schema = { text->p, 0 };

	for (; schema.n + 4 <= text->n; schema.n++)
		if (memcmp(text->p + schema.n, "===\n", 4) == 0) {
			text->p += schema.n + 4;
			text->n -= schema.n + 4;
			return schema;
		}
	return (struct bytes){ text->p, 0 };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const key[] = { "id" };
	struct bytes rows = { (const char *)data, size };
	const struct bytes schema = take_schema(&rows);
	const struct table_spec spec = { .key = key, .n_key = size % 2 };
	struct place *p = find_place();

	check_files(p, &spec, schema, rows);
	check_rows(p, &spec, schema, rows);
	return 0;
}
