/* source_mem: files in memory, for tests and fuzzers. */
#include <string.h>

#include "cache/base/file.h"
#include "runner/lang/file_tree.h"
#include "runner/lang/source_impl.h"

struct source_mem {
	struct source base;
	struct file_tree tree;
	struct bytes *texts; /* borrowed texts, in the tree's arena */
};

static int mem_list(struct source *src, const char *dir, struct arena *a,
    struct source_entry **entries, size_t *n, struct error *err)
{
	struct source_mem *m = (struct source_mem *)src;

	return file_tree_list(&m->tree, dir, a, entries, n, err);
}

static int mem_read_entry(struct source *src, const char *path, const char *id,
    size_t most, struct buf *out, struct error *err)
{
	struct source_mem *m = (struct source_mem *)src;
	struct file_tree_node *node = file_tree_find(&m->tree, path);
	const struct bytes *text;

	(void)id;
	if (node == NULL || node->kind != ENTRY_FILE)
		return error_set(err, ERROR_NOT_FOUND, "there is no file %s",
		    path);
	text = node->payload;
	if (text->n > most)
		return error_set(err, ERROR_LIMIT,
		    "%s is larger than %zu bytes", path, most);
	buf_add(out, text->p, text->n);
	return buf_check(out, err);
}

static int mem_read(struct source *src, const char *path, struct buf *out,
    struct error *err)
{
	return mem_read_entry(src, path, "", FILE_MAX, out, err);
}

static void mem_close(struct source *src)
{
	struct source_mem *m = (struct source_mem *)src;

	file_tree_clear(&m->tree);
	mem_free(m);
}

static const struct source_ops mem_ops = { .list = mem_list,
	.read = mem_read,
	.read_entry = mem_read_entry,
	.close = mem_close };

static int add_files(struct source_mem *m, const struct memory_file *files,
    size_t n, struct error *err)
{
	size_t i;

	m->texts = arena_array(&m->tree.arena, n, sizeof(*m->texts));
	if (m->texts == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		struct file_tree_node *node;
		uint8_t id[GIT_ID_SIZE];
		int rc = file_tree_add(&m->tree, files[i].path, ENTRY_FILE,
		    &node, err);

		if (rc == 0)
			rc = digest_git_blob(files[i].text, id, err);
		if (rc)
			return rc;
		hex_print(id, GIT_ID_SIZE, node->id);
		m->texts[i] = files[i].text;
		node->payload = &m->texts[i];
	}
	return 0;
}

int source_open_memory(const struct memory_file *files, size_t n,
    struct source **out, struct error *err)
{
	struct source_mem *m = mem_alloc(sizeof(*m));
	int rc;

	if (m == NULL)
		return error_memory(err);
	m->base.ops = &mem_ops;
	memcpy(m->base.date, "1970-01-01", sizeof("1970-01-01"));
	rc = add_files(m, files, n, err);
	if (rc)
		mem_close(&m->base);
	else
		*out = &m->base;
	return rc;
}
