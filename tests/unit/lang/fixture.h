#ifndef SLUICE_TESTS_LANG_FIXTURE_H
#define SLUICE_TESTS_LANG_FIXTURE_H
/*
 * fixture -- a pipeline out of paths and texts, for the tests of lang.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runner/lang/pipeline.h"

#define SQL "@include action/sql/sqlite\n"

struct loaded {
	struct source *src;
	struct pipeline *p;
	struct error err;
	int rc;
};

/* A memory_file of literals. */
#define FILE_OF(path, text)                    \
	{                                      \
		path,                          \
		{                              \
			text, sizeof(text) - 1 \
		}                              \
	}

static inline void unload(struct loaded *x)
{
	pipeline_free(x->p);
	source_close(x->src);
	*x = (struct loaded){ 0 };
}

static inline void load(struct loaded *x, const struct memory_file *files,
    size_t n, const struct pipeline_options *options)
{
	*x = (struct loaded){ 0 };
	assert_int_equal(source_open_memory(files, n, &x->src, &x->err), 0);
	x->rc = pipeline_load(x->src, options, &x->p, &x->err);
	assert_non_null(x->p);
}

#define LOAD(x, files) load(x, files, ARRAY_LEN(files), NULL)

/* The node of a path, which must be there. */
static inline const struct node *node_of(const struct loaded *x,
    const char *path)
{
	const struct node *n = pipeline_find(x->p, path);

	if (n == NULL)
		fail_msg("no node %s", path);
	return n;
}

/* The path of the node that an input reads. */
static inline const char *input_of(const struct loaded *x, const char *path,
    const char *name)
{
	const struct node *n = node_of(x, path);
	size_t i;

	for (i = 0; i < n->n_inputs; i++)
		if (strcmp(n->inputs[i].name, name) == 0)
			return x->p->nodes[n->inputs[i].nodes[0]].path;
	fail_msg("%s has no input %s", path, name);
	return NULL;
}

static inline void assert_body(const struct loaded *x, const char *path,
    const char *body)
{
	const struct node *n = node_of(x, path);

	if (n->body.n != strlen(body) ||
	    memcmp(n->body.p, body, n->body.n) != 0)
		fail_msg("%s: '%.*s' is not '%s'", path, (int)n->body.n,
		    n->body.p, body);
}

/* All that was said, as a terminal shows it. */
static inline void assert_said(const struct loaded *x, const char *expected)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	size_t i;

	buf_add_str(&b, "");
	for (i = 0; i < x->p->n_diagnostics; i++)
		diagnostic_print(&x->p->diagnostics[i], &b);
	assert_string_equal(b.p, expected);
}

static inline bool same_recipe(const struct loaded *x, const char *a,
    const struct loaded *y, const char *b)
{
	return digest_eq(&node_of(x, a)->recipe, &node_of(y, b)->recipe);
}

#endif
