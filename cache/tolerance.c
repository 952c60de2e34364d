/* tolerance: see tolerance.h. */
#include "cache/tolerance.h"

#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/members.h"
#include "cache/type.h"

void tolerances_clear(struct tolerances *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		mem_free(t->p[i].column);
		mem_free(t->p[i].most);
	}
	mem_free(t->p);
	*t = (struct tolerances){ 0 };
}

int tolerances_add(struct tolerances *t, const char *column, const char *most,
    struct error *err)
{
	struct tolerance *more = mem_grow(t->p, t->n, &t->cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	t->p = more;
	more += t->n++;
	*more = (struct tolerance){ mem_strdup(column), mem_strdup(most) };
	return more->column && more->most ? 0 : error_memory(err);
}

int tolerances_print(const struct tolerances *t, json_t *node,
    struct error *err)
{
	json_t *object;
	size_t i;
	int rc;

	if (t->n == 0)
		return 0;
	object = json_object();
	rc = member_set(node, "tolerance", object, err);
	for (i = 0; rc == 0 && i < t->n; i++)
		rc = member_set(object, t->p[i].column,
		    json_string(t->p[i].most), err);
	return rc;
}

static int compare(const void *a, const void *b)
{
	const struct tolerance *p = a, *q = b;

	return strcmp(p->column, q->column);
}

int tolerances_parse(const json_t *node, struct tolerances *out,
    struct error *err)
{
	json_t *object = json_object_get(node, "tolerance"), *v;
	const char *column;
	int rc = 0;

	json_object_foreach(object, column, v) {
		const char *most = json_string_value(v);

		if (rc == 0 && most != NULL && type_is_tolerance(most))
			rc = tolerances_add(out, column, most, err);
	}
	if (out->n > 1)
		qsort(out->p, out->n, sizeof(*out->p), compare);
	return rc;
}
