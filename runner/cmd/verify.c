/* verify: see verify.h. */
#include "runner/cmd/verify.h"

#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/snapshot.h"
#include "cache/table.h"

struct verify {
	struct store *st;
	const struct manifest *m;
	struct verify_report *report;
	struct error *err;
};

void verify_report_clear(struct verify_report *r)
{
	mem_free(r->problems);
	digest_set_clear(&r->seen);
	*r = (struct verify_report){ 0 };
}

int verify_add(struct verify_report *r, const struct verify_problem *p,
    struct error *err)
{
	struct verify_problem *more =
	    mem_grow(r->problems, r->n, &r->cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	r->problems = more;
	more[r->n++] = *p;
	return 0;
}

static int problem(struct verify *v, const char *node, const char *what,
    const struct digest *id, const char *why)
{
	struct verify_problem p = { node, what, *id, why, NULL };

	return verify_add(v->report, &p, v->err);
}

/* What a failed read means: a problem, or an error that ends all. */
static int judge(struct verify *v, const char *node, const char *what,
    const struct digest *id, const struct error *why)
{
	if (why->code == ERROR_NOT_FOUND)
		return problem(v, node, what, id, "missing");
	if (why->code == ERROR_CORRUPT || why->code == ERROR_SYNTAX)
		return problem(v, node, what, id, "damaged");
	return error_set(v->err, why->code, "%s", why->msg);
}

/* Reads a blob once; *is_good tells whether it is what its name says. */
static int read_blob(struct verify *v, const char *node, const char *what,
    const struct digest *id, bool *is_good)
{
	CLEANUP(fd_close) int fd = -1;
	struct error why = { 0 };
	struct stat info;
	bool is_new;
	int rc = digest_set_add(&v->report->seen, id, &is_new, v->err);

	*is_good = true;
	if (rc || !is_new)
		return rc;
	if (store_open_blob(v->st, id, &fd, &why)) {
		*is_good = false;
		return judge(v, node, what, id, &why);
	}
	if (os_fstat(fd, &info) == 0)
		v->report->bytes += (uint64_t)info.st_size;
	v->report->blobs++;
	return 0;
}

/* -- the snapshot -- */

static int read_snapshot(struct verify *v)
{
	CLEANUP(snapshot_clear) struct snapshot s = { 0 };
	struct error why = { 0 };
	bool good;
	size_t i;
	int rc = read_blob(v, "", "snapshot", &v->m->snapshot, &good);

	if (rc || !good)
		return rc;
	if (snapshot_load(v->st, &v->m->snapshot, &s, &why))
		return judge(v, "", "snapshot", &v->m->snapshot, &why);
	for (i = 0; rc == 0 && i < s.n; i++)
		rc = read_blob(v, "", "source", &s.sources[i].blob, &good);
	return rc;
}

/* -- tables -- */

static int count_rows(struct verify *v, const struct table *t, uint64_t *rows,
    struct error *why)
{
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *fields;
	int rc = table_reader_open(v->st, t, &r, why);

	*rows = 0;
	while (rc == 0 && (rc = table_reader_next(r, &fields, why)) > 0) {
		++*rows;
		rc = 0;
	}
	return rc;
}

static int read_parts(struct verify *v, const struct manifest_node *n,
    const struct table *t)
{
	size_t before = v->report->n, i;
	struct error why = { 0 };
	uint64_t rows;
	bool good;
	int rc = 0;

	for (i = 0; rc == 0 && i < t->n_parts; i++)
		rc = read_blob(v, n->path, "part", &t->parts[i].blob, &good);
	if (rc || v->report->n != before)
		return rc;
	if (count_rows(v, t, &rows, &why))
		return judge(v, n->path, "table", &n->table, &why);
	v->report->rows += rows;
	return rows == t->rows && rows == n->rows
	    ? 0
	    : problem(v, n->path, "table", &n->table, "differs");
}

static int read_table(struct verify *v, const struct manifest_node *n)
{
	CLEANUP(table_clear) struct table t = { 0 };
	struct error why = { 0 };
	bool good;
	int rc = read_blob(v, n->path, "table", &n->table, &good);

	if (rc || !good)
		return rc;
	if (table_load(v->st, &n->table, &t, &why))
		return judge(v, n->path, "table", &n->table, &why);
	return read_parts(v, n, &t);
}

/* -- keys -- */

/* Whether a table has the columns that a key names, with these digests. */
static int has_columns(struct verify *v, const struct digest *table,
    const json_t *input, bool *out)
{
	const json_t *columns = json_object_get(input, "columns"), *c;
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(mem_freep) struct digest *digests = NULL;
	struct error why = { 0 };
	size_t i;

	*out = false;
	if (table_load(v->st, table, &t, &why))
		return 0; /* a problem of that table's own node */
	digests = mem_array(t.n_columns, sizeof(*digests));
	if (digests == NULL)
		return error_memory(v->err);
	if (table_column_digests(v->st, &t, digests, &why))
		return 0;
	json_array_foreach(columns, i, c) {
		size_t at = table_find_column(&t, json_str_or(c, "name", ""));
		struct digest said;

		if (at == t.n_columns ||
		    json_get_digest(c, "digest", &said, NULL) ||
		    !digest_eq(&said, &digests[at]))
			return 0;
	}
	*out = json_integer_value(json_object_get(input, "rows")) ==
	    (json_int_t)t.rows;
	return 0;
}

/* Whether some input of the node is what the key names. */
static int is_known(struct verify *v, const struct manifest_node *n,
    const json_t *input, bool *out)
{
	struct digest said;
	bool whole = json_get_digest(input, "table", &said, NULL) == 0;
	size_t i;
	int rc = 0;

	*out = !whole && json_object_get(input, "columns") == NULL;
	for (i = 0; rc == 0 && !*out && i < n->n_inputs; i++) {
		const struct manifest_node *in =
		    manifest_find(v->m, n->inputs[i]);

		if (in == NULL || digest_is_null(&in->table))
			continue;
		if (whole)
			*out = digest_eq(&said, &in->table);
		else
			rc = has_columns(v, &in->table, input, out);
	}
	return rc;
}

/* The document under a node's key, and what it names. A union of several
 * nodes is a table of its own that the manifest does not know. */
static int read_key(struct verify *v, const struct manifest_node *n)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	json_auto_t *what = NULL;
	json_t *inputs, *input;
	struct error why = { 0 };
	bool good;
	size_t i;
	int rc = read_blob(v, n->path, "key", &n->key, &good);

	if (rc || !good)
		return rc;
	if (store_get(v->st, &n->key, &text, &why) ||
	    json_parse(buf_bytes(&text), &what, &why))
		return judge(v, n->path, "key", &n->key, &why);
	inputs = json_object_get(what, "inputs");
	if (json_array_size(inputs) != n->n_inputs)
		return 0;
	json_array_foreach(inputs, i, input) {
		if ((rc = is_known(v, n, input, &good)))
			return rc;
		if (!good &&
		    (rc = problem(v, n->path, "input", &n->key, "differs")))
			return rc;
	}
	return 0;
}

/* The result that the key leads to is the manifest's. It may be gone: then
 * the node would be computed again, no more. */
static int read_result(struct verify *v, const struct manifest_node *n)
{
	struct result r;

	if (n->state != NODE_OK ||
	    result_get(v->st, &n->key, TIER_LOCAL, &r, NULL) ||
	    r.state != RESULT_OK || digest_eq(&r.table, &n->table))
		return 0;
	return problem(v, n->path, "result", &n->key, "differs");
}

/* A test has a key and a table as a node has. */
static int read_tests(struct verify *v, const struct manifest_node *n)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < n->verdicts.n; i++) {
		const struct manifest_test *t = &n->verdicts.tests[i];
		const struct manifest_node as_node = { .path = n->path,
			.state = NODE_OK,
			.key = t->key,
			.table = t->table,
			.rows = t->rows };
		bool good;

		if (digest_is_null(&t->table))
			continue;
		if ((rc = read_table(v, &as_node)) == 0 &&
		    (rc = read_blob(v, n->path, "key", &t->key, &good)) == 0)
			rc = read_result(v, &as_node);
	}
	return rc;
}

static int read_node(struct verify *v, const struct manifest_node *n)
{
	bool good;
	int rc = 0;

	v->report->nodes++;
	if (!digest_is_null(&n->table))
		rc = read_table(v, n);
	if (rc == 0 && !digest_is_null(&n->key) && (rc = read_key(v, n)) == 0)
		rc = read_result(v, n);
	if (rc == 0 && !digest_is_null(&n->log))
		rc = read_blob(v, n->path, "log", &n->log, &good);
	return rc ? rc : read_tests(v, n);
}

int verify_read(struct store *st, const struct manifest *m,
    struct verify_report *out, struct error *err)
{
	struct verify v = { st, m, out, err };
	size_t i;
	int rc = digest_is_null(&m->snapshot) ? 0 : read_snapshot(&v);

	for (i = 0; rc == 0 && i < m->n; i++)
		rc = read_node(&v, &m->nodes[i]);
	return rc;
}
