/* quota: see quota.h. */
#include "runner/quota.h"

#include <stdint.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"

/* Directories still to be read: a heap stack, because the depth is the
 * code's choice. */
struct walk {
	char **paths;
	size_t n, cap;
	uint64_t names, bytes;
};

static void walk_clear(struct walk *w)
{
	while (w->n > 0)
		mem_free(w->paths[--w->n]);
	mem_free(w->paths);
}

static bool add_path(struct walk *w, char *path)
{
	char **more =
	    path ? mem_grow(w->paths, w->n, &w->cap, sizeof(*more)) : NULL;

	if (more == NULL) {
		mem_free(path);
		return false;
	}
	w->paths = more;
	w->paths[w->n++] = path;
	return true;
}

static void count_name(struct walk *w, const char *directory, const char *name)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	struct stat st;

	w->names++;
	buf_printf(&path, "%s/%s", directory, name);
	if (path.failed || os_lstat(path.p, &st) < 0)
		return;
	w->bytes += (uint64_t)st.st_blocks * 512;
	if (S_ISDIR(st.st_mode))
		add_path(w, buf_steal(&path));
}

static bool is_over(const struct walk *w)
{
	return w->names > QUOTA_FILES || w->bytes > (uint64_t)QUOTA_GIB << 30;
}

bool quota_is_over(const char *directory)
{
	CLEANUP(walk_clear) struct walk w = { 0 };

	if (!add_path(&w, mem_strdup(directory)))
		return false;
	while (w.n > 0 && !is_over(&w)) {
		CLEANUP(file_names_clear) struct file_names names = { 0 };
		CLEANUP(mem_freep) char *path = w.paths[--w.n];
		size_t i;

		file_list(path, &names, NULL);
		for (i = 0; i < names.n && !is_over(&w); i++)
			count_name(&w, path, names.names[i]);
	}
	return is_over(&w);
}
