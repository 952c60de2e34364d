/* sluice get: a table out of the store, as CSV or as a SQLite file. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/cmd/made.h"
#include "runner/cmd/table_sqlite.h"

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

/* Beside the file first: what is at its name is whole. */
static int write_file(const struct made *m, const struct table *t,
    const char *path, bool is_sqlite, struct error *err)
{
	CLEANUP(buf_clear) struct buf temp = { 0 };
	int rc;

	if ((rc = check_directory(path, err)))
		return rc;
	buf_printf(&temp, "%s.part-%ld", path, (long)getpid());
	if (buf_check(&temp, err))
		return ERROR_MEMORY;
	rc = is_sqlite ? table_write_sqlite(m->store, t,
	                     last_part(m->node->path), temp.p, err)
	               : write_csv(m, t, temp.p, O_CREAT | O_EXCL, err);
	if (rc == 0 && os_rename(temp.p, path) < 0)
		rc = error_sys(err, "rename to %s", path);
	if (rc)
		os_unlink(temp.p);
	return rc;
}

static int get(const char *name, const char *at, const char *path,
    bool is_sqlite, struct error *err)
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
	if (!is_sqlite && os_lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_csv(&m, &t, path, 0, err);
	return write_file(&m, &t, path, is_sqlite, err);
}

int cmd_get(int argc, char **argv)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "at", required_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 },
	};
	struct error err = { 0 };
	const char *at = NULL, *path = NULL, *format = NULL;
	bool is_sqlite, is_fine = false;
	int c;

	while ((c = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (c == 'o')
			path = optarg;
		else if (c == 'a')
			at = optarg;
		else if (c == 'f')
			format = optarg;
		else
			return cmd_usage("get");
	}
	if (format == NULL)
		format =
		    path && (has_end(path, ".sqlite") || has_end(path, ".db"))
		    ? "sqlite"
		    : "csv";
	is_sqlite = strcmp(format, "sqlite") == 0;
	if (argc == optind)
		return cmd_which_node("get");
	if (!is_sqlite && strcmp(format, "csv") != 0)
		cmd_refuse("--format", "csv or sqlite", format);
	else if (argc - optind == 1)
		is_fine = true;
	if (!is_fine)
		return cmd_usage("get");
	if (is_sqlite && path == NULL) {
		error_set(&err, ERROR_USAGE,
		    "a SQLite file needs a name: -o FILE");
		return cmd_fail(&err);
	}
	if (get(argv[optind], at, path, is_sqlite, &err))
		return cmd_fail(&err);
	return EXIT_FINE;
}
