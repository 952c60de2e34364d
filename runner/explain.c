/* explain: see explain.h. */
#include "runner/explain.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"

static bool differs(const json_t *a, const json_t *b, const char *key)
{
	const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);

	/* json_equal(NULL, NULL) is false */
	return (x || y) && !json_equal(x, y);
}

/* The member of an array of objects with that name, or NULL. */
static const json_t *named(const json_t *array, const char *name)
{
	const json_t *o;
	size_t i;

	json_array_foreach(array, i, o)
		if (strcmp(json_str_or(o, "name", ""), name) == 0)
			return o;
	return NULL;
}

static void explain_columns(const json_t *before, const json_t *after,
    const char *input, char *out, size_t size)
{
	const json_t *x = json_object_get(before, "columns");
	const json_t *y = json_object_get(after, "columns"), *c;
	size_t i;

	if (differs(before, after, "rows")) {
		snprintf(out, size, "input %s: rows", input);
		return;
	}
	json_array_foreach(y, i, c) {
		const char *name = json_str_or(c, "name", "");
		const json_t *old = named(x, name);

		if (old == NULL || !json_equal(old, c)) {
			snprintf(out, size, "input %s: column %s", input, name);
			return;
		}
	}
	snprintf(out, size, "input %s", input);
}

/* The first of two arrays of named objects that differs, in words. */
static bool explain_list(const json_t *before, const json_t *after,
    const char *key, char *out, size_t size)
{
	const json_t *x = json_object_get(before, key);
	const json_t *y = json_object_get(after, key), *o;
	bool is_input = strcmp(key, "inputs") == 0;
	size_t i;

	if (!differs(before, after, key))
		return false;
	json_array_foreach(y, i, o) {
		const char *name =
		    json_string_value(json_object_get(o, "name"));
		const json_t *old = name ? named(x, name) : NULL;

		if (name == NULL) {
			snprintf(out, size, "files");
			return true;
		}
		if (old != NULL && json_equal(old, o))
			continue;
		if (old == NULL)
			snprintf(out, size, "%s %s is new",
			    is_input ? "input" : "helper", name);
		else if (is_input)
			explain_columns(old, o, name, out, size);
		else
			snprintf(out, size, "helper %s", name);
		return true;
	}
	snprintf(out, size, is_input ? "fewer inputs" : "fewer helpers");
	return true;
}

static void explain(const json_t *before, const json_t *after, char *out,
    size_t size)
{
	const json_t *x, *y;

	snprintf(out, size, "new");
	if (before == NULL)
		return;
	x = json_object_get(before, "action");
	y = json_object_get(after, "action");
	if (differs(before, after, "body"))
		snprintf(out, size,
		    json_is_object(json_object_get(after, "body")) ? "file"
		                                                   : "code");
	else if (differs(x, y, "engine") || differs(x, y, "text"))
		snprintf(out, size, "action");
	else if (differs(x, y, "version"))
		snprintf(out, size, "version of %s",
		    json_str_or(y, "engine", "the engine"));
	else if (differs(before, after, "contract"))
		snprintf(out, size, "contract");
	else if (explain_list(before, after, "helpers", out, size) ||
	    explain_list(before, after, "inputs", out, size))
		return;
	else if (differs(before, after, "file"))
		snprintf(out, size, "file name");
	else if (differs(before, after, "snapshot"))
		snprintf(out, size, "snapshot");
	else if (differs(before, after, "date"))
		snprintf(out, size, "date");
	else if (differs(before, after, "threads"))
		snprintf(out, size, "threads");
	else
		out[0] = '\0';
}

/* A name in it may be longer than the room there is. */
void explain_difference(const json_t *before, const json_t *after, char *out,
    size_t size)
{
	explain(before, after, out, size);
	text_trim_cut(out);
}

int explain_against(struct store *st, const struct manifest *previous,
    const char *path, const json_t *what, char *out, size_t size)
{
	const struct manifest_node *node =
	    previous ? manifest_find(previous, path) : NULL;
	CLEANUP(buf_clear) struct buf text = { 0 };
	json_auto_t *before = NULL;
	int rc;

	if (node == NULL || digest_is_null(&node->key)) {
		explain_difference(NULL, what, out, size);
		return 0;
	}
	rc = store_get(st, &node->key, &text, NULL);
	if (rc == 0)
		rc = json_parse(buf_bytes(&text), &before, NULL);
	if (rc == ERROR_MEMORY)
		return rc;
	explain_difference(before, what, out, size);
	if (out[0] == '\0')
		snprintf(out, size, "no result was kept");
	return 0;
}
