/*
 * fuzz_pipeline: any bytes as a pipeline. A line "=== PATH" begins a file;
 * what comes before the first is dropped. Whatever the text, loading ends,
 * within its limits, and the result can be printed.
 */
#include <stdint.h>
#include <string.h>

#include "runner/lang/pipeline.h"

enum {
	FILES_MOST = 64
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The offset of the next "=== " at the beginning of a line, or n. */
static size_t find_mark(struct bytes text, size_t from)
{
	for (; from + 4 <= text.n; from++)
		if ((from == 0 || text.p[from - 1] == '\n') &&
		    memcmp(text.p + from, "=== ", 4) == 0)
			return from;
	return text.n;
}

static size_t split(struct bytes text, struct arena *a,
    struct memory_file *files)
{
	size_t at = find_mark(text, 0), n = 0;

	while (at < text.n && n < FILES_MOST) {
		size_t next = find_mark(text, at + 4);
		const char *path = text.p + at + 4;
		const char *end = memchr(path, '\n', next - at - 4);
		size_t len = end ? (size_t)(end - path) : next - at - 4;

		files[n].path = arena_strndup(a, path, len);
		files[n].text.p = end ? end + 1 : "";
		files[n].text.n = end ? (size_t)(text.p + next - (end + 1)) : 0;
		n += files[n].path != NULL;
		at = next;
	}
	return n;
}

static void use(struct pipeline *p)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err = { 0 };
	json_t *json = NULL;
	size_t i;

	for (i = 0; i < p->n_diagnostics; i++)
		diagnostic_print(&p->diagnostics[i], &out);
	if (pipeline_to_json(p, &json, &err) == 0)
		json_print(json, &out, &err);
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct parameter_value set[] = { { "site", "A" } };
	struct pipeline_options options = { .set = set, .n_set = 1 };
	struct memory_file files[FILES_MOST] = { 0 };
	struct bytes text = { (const char *)data, size };
	struct arena a = { 0 };
	struct source *src = NULL;
	struct pipeline *p = NULL;
	struct error err = { 0 };
	size_t n = split(text, &a, files);

	options.n_set = size % 2;
	if (source_open_memory(files, n, &src, &err) == 0) {
		pipeline_load(src, &options, &p, &err);
		if (p != NULL)
			use(p);
	}
	pipeline_free(p);
	source_close(src);
	arena_clear(&a);
	return 0;
}
