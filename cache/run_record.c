/* run_record: see run_record.h. */
#include "cache/run_record.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/members.h"

#define RUN_FORMAT "sluice-run/1"

static void clear_nodes(struct run_node *nodes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		mem_free(nodes[i].path);
		mem_free(nodes[i].cause);
		mem_free(nodes[i].by);
		json_decref(nodes[i].extra);
	}
	mem_free(nodes);
}

void run_record_clear(struct run_record *r)
{
	clear_nodes(r->nodes, r->n);
	clear_nodes(r->tests, r->n_tests);
	json_decref(r->extra);
	*r = (struct run_record){ 0 };
}

static struct run_node *add(struct run_node **nodes, size_t *n, size_t *cap,
    const char *path)
{
	struct run_node *more = mem_grow(*nodes, *n, cap, sizeof(*more));

	if (more == NULL)
		return NULL;
	*nodes = more;
	more += *n;
	*more = (struct run_node){ .path = mem_strdup(path) };
	if (more->path == NULL)
		return NULL;
	++*n;
	return more;
}

struct run_node *run_record_add(struct run_record *r, const char *path)
{
	return add(&r->nodes, &r->n, &r->cap, path);
}

struct run_node *run_record_add_test(struct run_record *r, const char *path)
{
	return add(&r->tests, &r->n_tests, &r->cap_tests, path);
}

/* The members that are texts: one table for printing and parsing. */
struct text_member {
	const char *key;
	size_t offset, size;
};
#define TEXT(m)                                         \
	{                                               \
#m, offsetof(struct run_record, m),     \
		    sizeof(((struct run_record *)0)->m) \
	}

static const struct text_member texts[] = { TEXT(run), TEXT(commit), TEXT(base),
	TEXT(branch), TEXT(host), TEXT(user), TEXT(sandbox), TEXT(profile),
	TEXT(reason), TEXT(not_fair) };

/* -- printing; what is empty is left out -- */

static int print_head(const struct run_record *r, json_t *doc,
    struct error *err)
{
	size_t i;
	int rc;

	if ((rc = member_set(doc, "format", json_string(RUN_FORMAT), err)) ||
	    (rc = member_set(doc, "started", json_integer(r->started), err)) ||
	    (rc = member_set(doc, "ended", json_integer(r->ended), err)) ||
	    (rc = member_set_digest(doc, "manifest", &r->manifest, err)) ||
	    (rc = member_set_digest(doc, "base_manifest", &r->base_manifest,
	         err)) ||
	    (rc = member_set_digest(doc, "fair_manifest", &r->fair_manifest,
	         err)))
		return rc;
	for (i = 0; rc == 0 && i < ARRAY_LEN(texts); i++)
		rc = member_set_str(doc, texts[i].key,
		    (const char *)r + texts[i].offset, err);
	return rc;
}

static int print_node(const struct run_node *n, json_t *o, struct error *err)
{
	int rc;

	if ((rc = member_set(o, "ms", json_integer(n->ms), err)) ||
	    (rc = member_set_str(o, "status", n->status, err)) ||
	    (rc = member_set_str(o, "cause", n->cause, err)) ||
	    (rc = member_set_str(o, "twice", n->twice, err)))
		return rc;
	return member_set_str(o, "by", n->by, err);
}

static int print_nodes(json_t *doc, const char *key,
    const struct run_node *nodes, size_t n, struct error *err)
{
	json_t *list = json_object();
	size_t i;
	int rc = member_set(doc, key, list, err);

	for (i = 0; rc == 0 && i < n; i++) {
		json_t *o = json_object();

		if ((rc = member_set(list, nodes[i].path, o, err)) == 0 &&
		    (rc = print_node(&nodes[i], o, err)) == 0)
			rc = member_add_extra(o, nodes[i].extra, err);
	}
	return rc;
}

int run_record_print(const struct run_record *r, struct buf *out,
    struct error *err)
{
	json_auto_t *doc = json_object();
	int rc = print_nodes(doc, "nodes", r->nodes, r->n, err);

	if (rc == 0 && r->n_tests > 0)
		rc = print_nodes(doc, "tests", r->tests, r->n_tests, err);
	if (rc || (rc = print_head(r, doc, err)) ||
	    (rc = member_add_extra(doc, r->extra, err)))
		return rc;
	return json_print(doc, out, err);
}

/* -- parsing -- */

static int parse_head(json_t *doc, struct run_record *r, struct error *err)
{
	json_auto_t *printed = json_object();
	json_int_t started, ended;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_LEN(texts); i++)
		rc = member_copy(doc, texts[i].key, (char *)r + texts[i].offset,
		    texts[i].size, err);
	if (rc ||
	    (rc = member_int(doc, "started", INT64_MIN, INT64_MAX, &started,
	         err)) ||
	    (rc = member_int(doc, "ended", INT64_MIN, INT64_MAX, &ended,
	         err)) ||
	    (rc = member_digest(doc, "manifest", &r->manifest, err)) ||
	    (rc = member_digest(doc, "base_manifest", &r->base_manifest,
	         err)) ||
	    (rc = member_digest(doc, "fair_manifest", &r->fair_manifest, err)))
		return rc;
	r->started = started;
	r->ended = ended;
	if ((rc = print_head(r, printed, err)) ||
	    (rc = member_set(printed, "nodes",
	         json_incref(json_object_get(doc, "nodes")), err)))
		return rc;
	if (json_object_get(doc, "tests") != NULL &&
	    (rc = member_set(printed, "tests",
	         json_incref(json_object_get(doc, "tests")), err)))
		return rc;
	return member_extra(doc, printed, &r->extra, err);
}

static int parse_node(struct run_node *n, json_t *o, struct error *err)
{
	json_auto_t *printed = json_object();
	json_int_t ms;
	int rc;

	if (n == NULL)
		return error_memory(err);
	if (!json_is_object(o))
		return error_set(err, ERROR_CORRUPT, "a node is no object");
	if ((rc = member_copy(o, "status", n->status, sizeof(n->status),
	         err)) ||
	    (rc = member_copy(o, "twice", n->twice, sizeof(n->twice), err)) ||
	    (rc = member_dup(o, "cause", &n->cause, err)) ||
	    (rc = member_dup(o, "by", &n->by, err)) ||
	    (rc = member_int(o, "ms", INT64_MIN, INT64_MAX, &ms, err)))
		return rc;
	n->ms = ms;
	if ((rc = print_node(n, printed, err)))
		return rc;
	return member_extra(o, printed, &n->extra, err);
}

static int compare_nodes(const void *a, const void *b)
{
	return strcmp(((const struct run_node *)a)->path,
	    ((const struct run_node *)b)->path);
}

static int parse_nodes(const json_t *doc, struct run_record *out,
    struct error *err)
{
	json_t *nodes = json_object_get(doc, "nodes");
	json_t *tests = json_object_get(doc, "tests"), *o;
	const char *path;
	int rc = 0;

	if (!json_is_object(nodes))
		return error_set(err, ERROR_CORRUPT, "\"nodes\" is no object");
	if (tests != NULL && !json_is_object(tests))
		return error_set(err, ERROR_CORRUPT, "\"tests\" is no object");
	json_object_foreach(nodes, path, o) {
		if (rc == 0)
			rc = parse_node(run_record_add(out, path), o, err);
	}
	json_object_foreach(tests, path, o) {
		if (rc == 0)
			rc = parse_node(run_record_add_test(out, path), o, err);
	}
	return rc;
}

int run_record_parse(struct bytes text, struct run_record *out,
    struct error *err)
{
	json_auto_t *doc = NULL;
	int rc;

	*out = (struct run_record){ 0 };
	if ((rc = member_document(text, RUN_FORMAT, &doc, err)))
		return rc;
	if ((rc = parse_nodes(doc, out, err)) == 0)
		rc = parse_head(doc, out, err);
	if (rc) {
		run_record_clear(out);
		error_wrap(err, "run record");
		return rc;
	}
	if (out->n > 1)
		qsort(out->nodes, out->n, sizeof(*out->nodes), compare_nodes);
	if (out->n_tests > 1)
		qsort(out->tests, out->n_tests, sizeof(*out->tests),
		    compare_nodes);
	return 0;
}
