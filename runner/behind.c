/* behind: see behind.h. */
#include "runner/behind.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"

struct walk {
	const struct manifest *before, *after;
	bool *seen; /* of after's nodes */
	size_t *todo; /* places in after */
	size_t n;
};

static bool is_same(const struct manifest_node *was,
    const struct manifest_node *now)
{
	return was != NULL && digest_eq(&was->key, &now->key) &&
	    digest_eq(&was->table, &now->table);
}

static bool is_file_other(const struct manifest_node *was,
    const struct manifest_node *now)
{
	if (was == NULL)
		return true;
	if (was->file == NULL || now->file == NULL)
		return was->file != now->file;
	return strcmp(was->file, now->file) != 0 ||
	    (was->file_blob != NULL && now->file_blob != NULL &&
	        strcmp(was->file_blob, now->file_blob) != 0);
}

/* An input whose table is another, or that was not there. */
static bool is_input_other(const struct walk *w, const char *path)
{
	const struct manifest_node *was = manifest_find(w->before, path);
	const struct manifest_node *now = manifest_find(w->after, path);

	return now != NULL && !(was && digest_eq(&was->table, &now->table));
}

static void push(struct walk *w, const char *path)
{
	const struct manifest_node *n = manifest_find(w->after, path);
	size_t place;

	if (n == NULL)
		return;
	place = (size_t)(n - w->after->nodes);
	if (w->seen[place])
		return;
	w->seen[place] = true;
	w->todo[w->n++] = place;
}

/* Marks what differs by itself. */
static void find(struct walk *w, bool *found)
{
	while (w->n > 0) {
		const size_t place = w->todo[--w->n];
		const struct manifest_node *now = &w->after->nodes[place];
		const struct manifest_node *was =
		    manifest_find(w->before, now->path);
		size_t i, n = 0;

		if (is_same(was, now))
			continue;
		for (i = 0; i < now->n_inputs; i++)
			if (is_input_other(w, now->inputs[i])) {
				push(w, now->inputs[i]);
				n++;
			}
		found[place] = n == 0 || is_file_other(was, now);
	}
}

int behind_find(const struct manifest *before, const struct manifest *after,
    const char *path, struct behind *out, struct error *err)
{
	CLEANUP(mem_freep) bool *seen = mem_array(after->n, sizeof(*seen));
	CLEANUP(mem_freep) bool *found = mem_array(after->n, sizeof(*found));
	CLEANUP(mem_freep) size_t *todo = mem_array(after->n, sizeof(*todo));
	struct walk w = { before, after, seen, todo, 0 };
	size_t i;

	*out = (struct behind){ 0 };
	out->nodes = mem_array(after->n, sizeof(struct manifest_node *));
	if (seen == NULL || found == NULL || todo == NULL || out->nodes == NULL)
		return error_memory(err);
	push(&w, path);
	find(&w, found);
	for (i = 0; i < after->n; i++)
		if (found[i])
			out->nodes[out->n++] = &after->nodes[i];
	return 0;
}

void behind_clear(struct behind *b)
{
	mem_free((void *)b->nodes);
	*b = (struct behind){ 0 };
}

void behind_print(const struct manifest *before, const struct manifest *after,
    const char *path, char *out, size_t size)
{
	const struct walk w = { .before = before, .after = after };
	const struct manifest_node *was = manifest_find(before, path);
	const struct manifest_node *now = manifest_find(after, path);
	size_t i;

	out[0] = '\0';
	if (now == NULL || (was && digest_eq(&was->key, &now->key)))
		return;
	snprintf(out, size, "%s", was == NULL ? "new" : "code");
	if (is_file_other(was, now))
		return;
	for (i = 0; i < now->n_inputs; i++)
		if (is_input_other(&w, now->inputs[i])) {
			snprintf(out, size, "input %s", now->inputs[i]);
			return;
		}
	snprintf(out, size, "%s",
	    now->n_inputs < was->n_inputs ? "fewer inputs"
	                                  : "what it is told by others");
}
