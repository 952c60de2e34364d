/* command_files: see command.h. What lies in the job directory. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/csv.h"
#include "cache/record.h"
#include "runner/command.h"

enum {
	NAME_MOST = 200,
	LINES_MOST = 1 << 20,
	FLUSH = 256 * 1024
};

/* An input's file while it is written. */
struct input {
	const char *name;
	const json_t *columns; /* as the request has them */
	size_t n_columns;
	struct csv_format format;
	int fd;
	struct buf out; /* not yet written */
};

static void input_clear(struct input *in)
{
	fd_close(&in->fd);
	buf_clear(&in->out);
}

/* A name is one place in the job directory that we did not take. */
static int check_name(const char *name, struct error *err)
{
	static const char *const taken[] = { "", ".", "..", "in", "out.csv",
		"out.schema.json" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(taken); i++)
		if (strcmp(name, taken[i]) == 0)
			return error_set(err, ERROR_DENIED,
			    "a file of the job may not be named '%s'", name);
	if (strchr(name, '/') != NULL || strlen(name) > NAME_MOST)
		return error_set(err, ERROR_DENIED,
		    "a file of the job needs a plain, shorter name: %s", name);
	return 0;
}

static int create_file(const struct command *c, const char *name, int *fd,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };

	buf_printf(&path, "%s/%s", c->directory, name);
	if (buf_check(&path, err))
		return ERROR_MEMORY;
	*fd = os_open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (*fd < 0 && errno == EEXIST)
		return error_set(err, ERROR_EXISTS,
		    "two files of the job have the name %s", name);
	return *fd < 0 ? error_sys(err, "make %s", name) : 0;
}

/* A file of ours is as old as the environment says (SOURCE_DATE_EPOCH): when we
 * wrote it is nothing that code should see. */
static int finish_file(int fd, mode_t mode, struct error *err)
{
	return os_fchmod(fd, mode) < 0 || os_set_time_fd(fd, SANDBOX_EPOCH) < 0
	    ? error_sys(err, "finish a file")
	    : 0;
}

static int put_file(const struct command *c, const char *name,
    struct bytes data, mode_t mode, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	int rc = create_file(c, name, &fd, err);

	if (rc == 0)
		rc = file_write_fd(fd, data, err);
	if (rc == 0)
		rc = finish_file(fd, mode, err);
	if (rc)
		error_wrap(err, "%s", name);
	return rc;
}

static int flush(struct input *in, size_t keep, struct error *err)
{
	int rc = buf_check(&in->out, err);

	if (rc == 0 && in->out.n > keep) {
		rc = file_write_fd(in->fd, buf_bytes(&in->out), err);
		buf_reset(&in->out);
	}
	return rc;
}

static int add_header(struct input *in, struct error *err)
{
	struct field *names = mem_array(in->n_columns, sizeof(*names));
	size_t i;

	if (names == NULL)
		return error_memory(err);
	for (i = 0; i < in->n_columns; i++) {
		const json_t *column = json_array_get(in->columns, i);
		const char *name = json_str_or(column, "name", "");

		names[i] = (struct field){ name, strlen(name), false };
	}
	csv_add_record(&in->out, names, in->n_columns);
	mem_free(names);
	return flush(in, 0, err);
}

static int add_records(struct input *in, struct bytes part, struct error *err)
{
	CLEANUP(record_clear)
	struct record_scan scan = { .text = part, .n_fields = in->n_columns };
	CLEANUP(mem_freep)
	struct field *fields = mem_array(in->n_columns, sizeof(*fields));
	int rc = fields ? 1 : error_memory(err);

	while (rc > 0 && (rc = record_next(&scan, fields, err)) > 0) {
		csv_add_record_as(&in->out, fields, in->n_columns, &in->format);
		if (flush(in, FLUSH, err))
			return ERROR_IO;
	}
	return rc ? rc : flush(in, 0, err);
}

/* A part is what the file is to hold already, unless the language has a word
 * for NULL or would skip the empty line that is a NULL of one column. */
static int add_part(struct input *in, int fd, struct error *err)
{
	CLEANUP(file_map_clear) struct file_map map = { 0 };
	int rc = file_map_fd(fd, &map, err);

	if (rc)
		return rc;
	if (in->format.null[0] == '\0' && in->n_columns != 1)
		return file_write_fd(in->fd, map.data, err);
	return add_records(in, map.data, err);
}

static int write_schema(const struct command *c, const struct input *in,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, name = { 0 };
	int rc = json_print(in->columns, &text, err);

	buf_printf(&name, "in/%s.schema.json", in->name);
	if (rc || (rc = buf_check(&name, err)))
		return rc;
	return put_file(c, name.p, buf_bytes(&text), 0444, err);
}

static int write_input(const struct command *c, const json_t *json,
    const int **parts, struct error *err)
{
	CLEANUP(input_clear) struct input in = { .fd = -1 };
	CLEANUP(buf_clear) struct buf name = { 0 };
	size_t i, n = json_array_size(json_object_get(json, "parts"));
	int rc = json_get_str(json, "name", &in.name, err);

	if (rc || (rc = check_name(in.name, err)))
		return rc;
	in.columns = json_object_get(json, "columns");
	in.format.one_column_null = true;
	buf_add_str(&name,
	    json_str_or(json_object_get(c->job->request, "format"), "null",
	        ""));
	if (name.n < sizeof(in.format.null) && name.n > 0)
		memcpy(in.format.null, name.p, name.n + 1);
	in.n_columns = json_array_size(in.columns);
	if (in.n_columns == 0)
		return error_set(err, ERROR_CORRUPT, "%s has no columns",
		    in.name);
	buf_reset(&name);
	buf_printf(&name, "in/%s.csv", in.name);
	if ((rc = buf_check(&name, err)) ||
	    (rc = create_file(c, name.p, &in.fd, err)) ||
	    (rc = add_header(&in, err)))
		return rc;
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_part(&in, *(*parts)++, err);
	if (rc == 0)
		rc = finish_file(in.fd, 0444, err);
	if (rc)
		error_wrap(err, "%s", name.p);
	return rc ? rc : write_schema(c, &in, err);
}

static int write_inputs(struct command *c, struct error *err)
{
	const json_t *inputs = json_object_get(c->job->request, "inputs");
	const int *parts = c->job->parts;
	CLEANUP(buf_clear) struct buf in = { 0 };
	CLEANUP(fd_close) int dir = -1;
	size_t i;
	int rc;

	buf_printf(&in, "%s/in", c->directory);
	if ((rc = buf_check(&in, err)) != 0)
		return rc;
	if (os_mkdir(in.p, 0755) < 0)
		return error_sys(err, "make %s", in.p);
	for (i = 0; rc == 0 && i < json_array_size(inputs); i++)
		rc = write_input(c, json_array_get(inputs, i), &parts, err);
	/* whatever umask says: the code may run as another user */
	words_add(&c->read_only, "in");
	if (rc)
		return rc;
	dir = os_open(in.p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return dir < 0 ? error_sys(err, "open %s", in.p)
	               : finish_file(dir, 0755, err);
}

static int write_helpers(struct command *c, struct error *err)
{
	const json_t *helpers = json_object_get(c->job->request, "helpers");
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->job->n_helpers; i++) {
		CLEANUP(file_map_clear) struct file_map map = { 0 };
		const char *name;

		if ((rc = json_get_str(json_array_get(helpers, i), "name",
		         &name, err)) ||
		    (rc = check_name(name, err)) ||
		    (rc = file_map_fd(c->job->helpers[i], &map, err)))
			return rc;
		rc = put_file(c, name, map.data, 0555, err);
		words_add(&c->read_only, name);
	}
	return rc;
}

/* Empty lines stand for the header, so that an interpreter's line numbers are
 * those of the user's file. */
static int write_code(struct command *c, struct error *err)
{
	CLEANUP(buf_clear) struct buf code = { 0 };
	const char *body;
	json_int_t line;
	int rc;

	if ((rc = json_get_str(c->job->request, "body", &body, err)) ||
	    (rc = json_get_int(c->job->request, "body_line", &line, err)) ||
	    (rc = check_name(c->file, err)))
		return rc;
	if (line > LINES_MOST)
		return error_set(err, ERROR_LIMIT, "%s: too long a header",
		    c->file);
	for (; line > 1; line--)
		buf_add_char(&code, '\n');
	buf_add(&code, body,
	    json_string_length(json_object_get(c->job->request, "body")));
	if ((rc = buf_check(&code, err)) != 0)
		return rc;
	words_add(&c->read_only, c->file);
	return put_file(c, c->file, buf_bytes(&code), 0555, err);
}

int command_write_files(struct command *c, struct error *err)
{
	int rc;

	if (c->is_varied && (rc = file_open_temp(c->directory, &c->inode, err)))
		return rc;
	if ((rc = write_inputs(c, err)) || (rc = write_helpers(c, err)) ||
	    (rc = write_code(c, err)))
		return rc;
	return words_check(&c->read_only, err);
}
