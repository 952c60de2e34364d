/* sluice get: a table out of the store, as CSV, as a SQLite or a Parquet file;
 * all of a run's as one set. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/cmd/export.h"
#include "runner/cmd/made.h"
#include "runner/cmd/table_sqlite.h"
#include "runner/parquet.h"

/* A column alone writes NULL as "": readers skip empty lines. */
static const struct csv_format csv = { .one_column_null = true };

static bool has_end(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int write_csv(const struct made *m, const struct table *t,
    const char *path, int flags, struct error *err)
{
	CLEANUP(fd_close) int fd = os_open(path, O_WRONLY | flags, 0666);

	if (fd < 0)
		return error_sys(err, "open %s", path);
	return table_write_csv(m->store, t, &csv, fd, err);
}

/* Whether a file can be made there at all, said of the name that was given
 * and not of the one beside it. */
static int check_directory(const char *path, struct error *err)
{
	CLEANUP(mem_freep)
	char *dir = mem_strndup(path, (size_t)(last_part(path) - path));

	if (dir == NULL)
		return error_memory(err);
	if (access(*dir ? dir : ".", W_OK | X_OK) < 0)
		return error_sys(err, "%s cannot be written", path);
	return 0;
}

static int write_parquet(const struct made *m, const struct table *t,
    const char *path, struct error *err)
{
	const struct worker_options options = { .program = m->context.worker,
		.sandbox = m->context.sandbox,
		.duckdb = m->context.duckdb };
	CLEANUP(fd_close) int fd = -1;
	struct worker *w = NULL;
	int rc = worker_open(&options, &w, err);

	if (rc)
		return rc;
	fd = os_open(path, O_RDWR | O_CREAT | O_EXCL, 0666);
	rc = fd < 0 ? error_sys(err, "open %s", path)
	            : parquet_write(m->store, w, t, fd, err);
	worker_close(w);
	return rc;
}

static int write_as(const struct made *m, const struct table *t,
    const char *path, enum export_format format, struct error *err)
{
	switch (format) {
	case EXPORT_SQLITE:
		return table_write_sqlite(m->store, t, last_part(m->node->path),
		    path, err);
	case EXPORT_PARQUET:
		return write_parquet(m, t, path, err);
	case EXPORT_CSV:
		break;
	}
	return write_csv(m, t, path, O_CREAT | O_EXCL, err);
}

/* Beside the file first: what is at its name is whole. */
static int write_file(const struct made *m, const struct table *t,
    const char *path, enum export_format format, struct error *err)
{
	CLEANUP(buf_clear) struct buf temp = { 0 };
	int rc;

	if ((rc = check_directory(path, err)))
		return rc;
	buf_printf(&temp, "%s.part-%ld", path, (long)getpid());
	if (buf_check(&temp, err))
		return ERROR_MEMORY;
	rc = write_as(m, t, temp.p, format, err);
	if (rc == 0 && os_rename(temp.p, path) < 0)
		rc = error_sys(err, "rename to %s", path);
	if (rc)
		os_unlink(temp.p);
	return rc;
}

static int get(const char *name, const char *at, const char *path,
    enum export_format format, struct error *err)
{
	CLEANUP(made_clear) struct made m = { 0 };
	CLEANUP(table_clear) struct table t = { 0 };
	struct stat st;
	int rc;

	if ((rc = made_open(name, at, &m, err)) ||
	    (rc = made_table(&m, &t, err)))
		return rc;
	if (path == NULL)
		return table_write_csv(m.store, &t, &csv, STDOUT_FILENO, err);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return error_set(err, ERROR_USAGE,
		    "%s is a directory; -o takes the name of a file", path);
	/* a pipe, a device: nothing to be replaced */
	if (format == EXPORT_CSV && os_lstat(path, &st) == 0 &&
	    !S_ISREG(st.st_mode))
		return write_csv(&m, &t, path, 0, err);
	return write_file(&m, &t, path, format, err);
}

struct args {
	const char *at, *path, *format, *all;
	const char *node;
	enum export_format as;
};

/* What --format says. */
static const char *const formats[] = { [EXPORT_CSV] = "csv",
	[EXPORT_SQLITE] = "sqlite",
	[EXPORT_PARQUET] = "parquet" };

static bool take_options(int argc, char **argv, struct args *a)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "at", required_argument, NULL, 'a' },
		{ "all", required_argument, NULL, 'A' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (c == 'o')
			a->path = optarg;
		else if (c == 'a')
			a->at = optarg;
		else if (c == 'A')
			a->all = optarg;
		else if (c == 'f')
			a->format = optarg;
		else
			return false;
	}
	return true;
}

static const char *format_of_name(const char *path)
{
	if (path != NULL && (has_end(path, ".sqlite") || has_end(path, ".db")))
		return "sqlite";
	return path != NULL && has_end(path, ".parquet") ? "parquet" : "csv";
}

/* One node into one file, or all into one directory. */
static bool take_rest(int argc, char **argv, struct args *a)
{
	const char *path = a->path;
	size_t i;

	if (a->format == NULL)
		a->format = format_of_name(path);
	for (i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(a->format, formats[i]) == 0)
			break;
	if (i == ARRAY_LEN(formats))
		return cmd_refuse("--format", "csv, sqlite or parquet",
		    a->format);
	a->as = (enum export_format)i;
	a->node = optind < argc ? argv[optind] : NULL;
	return a->all ? argc == optind && path == NULL : argc - optind == 1;
}

static int get_all(const struct args *a, struct error *err)
{
	CLEANUP(made_clear) struct made m = { 0 };
	int rc = made_open(NULL, a->at, &m, err);

	return rc ? rc : export_all(&m, a->as, a->all, err);
}

int cmd_get(int argc, char **argv)
{
	struct error err = { 0 };
	struct args a = { 0 };
	int rc;

	if (!take_options(argc, argv, &a))
		return cmd_usage("get");
	if (a.all == NULL && argc == optind)
		return cmd_which_node("get");
	if (!take_rest(argc, argv, &a))
		return cmd_usage("get");
	if (a.all != NULL)
		rc = get_all(&a, &err);
	else if (a.as != EXPORT_CSV && a.path == NULL)
		rc = error_set(&err, ERROR_USAGE,
		    "a %s file needs a name: -o FILE",
		    a.as == EXPORT_SQLITE ? "SQLite" : "Parquet");
	else
		rc = get(a.node, a.at, a.path, a.as, &err);
	return rc ? cmd_fail(&err) : EXIT_FINE;
}
