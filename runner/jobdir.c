/* jobdir: see jobdir.h. */
#include "runner/jobdir.h"

#include "cache/base/file.h"
#include "cache/base/mem.h"

/* What cannot be removed now (a job of the killed run may not be dead yet) is
 * the next one's to remove. */
static void sweep(const struct store *st, const char *dir)
{
	CLEANUP(fd_close) int claim = -1;
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	size_t i;

	if (store_claim(st, &claim, NULL) || file_list(dir, &names, NULL))
		return;
	for (i = 0; i < names.n; i++) {
		CLEANUP(buf_clear) struct buf path = { 0 };

		buf_printf(&path, "%s/%s", dir, names.names[i]);
		if (!path.failed)
			file_remove_tree(path.p, NULL);
	}
}

int jobdir_open(const struct store *st, char **path, struct error *err)
{
	CLEANUP(buf_clear) struct buf dir = { 0 };
	int rc;

	buf_printf(&dir, "%s/jobs", store_temp_dir(st));
	if ((rc = buf_check(&dir, err)) || (rc = file_make_dirs(dir.p, err)))
		return rc;
	sweep(st, dir.p);
	*path = buf_steal(&dir);
	return 0;
}
