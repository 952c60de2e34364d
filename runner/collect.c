/* collect: see collect.h. */
#include "runner/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/sandbox.h"

#define OUTPUT "out.csv"
#define SCHEMA "out.schema.json"

enum {
	SCHEMA_MAX = 4 << 20
};
static const uint64_t output_max = UINT64_C(8) << 30;

/* What the code is to blame for. */
static bool is_code_fault(const struct error *why)
{
	return why->code == ERROR_NODE || why->code == ERROR_SYNTAX ||
	    why->code == ERROR_DENIED || why->code == ERROR_LIMIT ||
	    why->code == ERROR_CORRUPT;
}

static int open_directory(const char *path, int *fd, struct error *err)
{
	/* the code may have shut its own directory */
	if (os_chmod(path, 0700) < 0)
		return error_sys(err, "chmod %s", path);
	*fd = os_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return *fd < 0 ? error_sys(err, "open %s", path) : 0;
}

/* The code may have shut its own file to itself, who we may be. A link is not
 * followed, and nobody of the code is left that could put one there. */
static bool unlock(int directory, const char *name, const struct error *why)
{
	return why->sys == EACCES && os_chmod_at(directory, name, 0600) == 0;
}

/* Opens a file that the code left. Its owner is the code's user: we ourselves,
 * or nobody where we are root. */
static int open_left(int directory, const char *name, uint64_t most, int *fd,
    struct error *err)
{
	struct error why = { 0 };
	struct stat st;
	int rc = file_open_beneath(directory, name, most, fd, &why);

	if (rc && unlock(directory, name, &why))
		rc = file_open_beneath(directory, name, most, fd, err);
	else if (rc)
		error_set(err, why.code, "%s", why.msg);
	if (rc)
		return rc;
	if (os_fstat(*fd, &st) < 0)
		rc = error_sys(err, "stat %s", name);
	else if (st.st_uid != geteuid() &&
	    (geteuid() != 0 || st.st_uid != SANDBOX_NOBODY))
		rc = error_set(err, ERROR_DENIED,
		    "%s belongs to another user than the code's", name);
	if (rc)
		fd_close(fd);
	return rc;
}

static int open_output(int directory, int *fd, struct error *err)
{
	struct error why = { 0 };
	int rc = open_left(directory, OUTPUT, output_max, fd, &why);

	if (rc == ERROR_NOT_FOUND)
		return error_set(err, ERROR_NODE,
		    "the code ended well but left no " OUTPUT
		    ": it is to write its table there, in the directory it "
		    "starts in");
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

/* The types that the code states; none where it left no schema. */
static int read_schema(int directory, struct column **columns, size_t *n,
    struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(buf_clear) struct buf text = { 0 };
	json_auto_t *array = NULL;
	struct error why = { 0 };
	int rc = open_left(directory, SCHEMA, SCHEMA_MAX, &fd, &why);

	if (rc == ERROR_NOT_FOUND)
		return 0;
	if (rc == 0 && (rc = file_read_fd(fd, SCHEMA_MAX, &text, &why)) == 0 &&
	    (rc = json_parse(buf_bytes(&text), &array, &why)) == 0)
		rc = columns_parse(array, columns, n, &why);
	return rc ? error_set(err, why.code, SCHEMA ": %s", why.msg) : 0;
}

static int import(struct store *st, int fd, const struct table_spec *spec,
    const struct csv_format *format, struct table *out, struct error *err)
{
	CLEANUP(file_map_clear) struct file_map map = { 0 };
	CLEANUP(table_notes_clear) struct table_notes notes = { 0 };
	static const char *const names[] = { OUTPUT };
	struct csv_format mapped = *format;
	int rc = file_map_fd(fd, &map, err);

	if (rc)
		return rc;
	mapped.is_mapped = true;
	return table_import(st,
	    &(struct table_import){ .texts = &map.data,
	        .names = names,
	        .n_texts = 1,
	        .format = mapped,
	        .is_output = true },
	    spec, out, &notes, err);
}

static int collect(struct store *st, int directory,
    const struct table_spec *spec, const struct csv_format *format,
    struct table *out, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	struct table_spec typed = *spec;
	struct column *columns = NULL;
	size_t n = 0;
	int rc;

	if ((rc = open_output(directory, &fd, err)) == 0 &&
	    (rc = read_schema(directory, &columns, &n, err)) == 0) {
		if (n > 0) {
			typed.columns = columns;
			typed.n_columns = n;
		}
		rc = import(st, fd, &typed, format, out, err);
	}
	columns_free(columns, n);
	return rc;
}

int collect_output(struct store *st, const char *directory,
    const struct table_spec *spec, const struct csv_format *format,
    struct table *out, struct result *failure, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	struct error why = { 0 };
	int rc = open_directory(directory, &fd, err);

	if (rc)
		return rc;
	rc = collect(st, fd, spec, format, out, &why);
	if (rc && is_code_fault(&why)) {
		failure->state = RESULT_FAILED;
		failure->failure = FAILURE_OUTPUT;
		error_print(&why, failure->message, sizeof(failure->message));
		return 0;
	}
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}
