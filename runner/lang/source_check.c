/* source_check: what a repository borrows is there (source.h). */
#include <string.h>

#include "cache/base/file.h"
#include "runner/lang/source.h"

enum {
	LIST_MAX = 1 << 20
};

/* A line of the list: a directory of objects, relative to ours; or a comment.
 * One in quotes holds odd bytes, and is git's to read. */
static int check_line(const char *objects, const char *line, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	int rc;

	if (line[0] == '\0' || line[0] == '#' || line[0] == '"')
		return 0;
	if (line[0] == '/')
		buf_add_str(&path, line);
	else
		buf_printf(&path, "%s/%s", objects, line);
	if ((rc = buf_check(&path, err)) || file_exists(path.p))
		return rc;
	return error_set(err, ERROR_IO,
	    "%s/info/alternates: the objects in %s are borrowed, and that is "
	    "not there; put it back, or correct the path",
	    objects, path.p);
}

int source_check_alternates(const char *git_dir, struct error *err)
{
	CLEANUP(buf_clear) struct buf objects = { 0 }, path = { 0 };
	CLEANUP(buf_clear) struct buf list = { 0 };
	char *line, *rest = NULL;
	int rc;

	buf_printf(&objects, "%s%sobjects", git_dir,
	    git_dir[0] != '\0' && git_dir[strlen(git_dir) - 1] == '/' ? ""
	                                                              : "/");
	buf_printf(&path, "%s/info/alternates",
	    objects.failed ? "" : objects.p);
	if ((rc = buf_check(&objects, err)) || (rc = buf_check(&path, err)))
		return rc;
	if (!file_exists(path.p))
		return 0;
	if ((rc = file_read(path.p, LIST_MAX, &list, err)))
		return rc;
	for (line = list.n ? strtok_r(list.p, "\n", &rest) : NULL;
	     line != NULL && rc == 0; line = strtok_r(NULL, "\n", &rest))
		rc = check_line(objects.p, line, err);
	return rc;
}
