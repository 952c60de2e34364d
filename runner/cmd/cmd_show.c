/* sluice show: a table, aligned, with its types; its columns; its log. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/result.h"
#include "runner/cmd/made.h"
#include "runner/cmd/screen.h"

enum {
	ROWS_USUAL = 20
};

struct show {
	uint64_t rows;
	bool schema, log, json;
};

/* The manifest names a failed node's log; what else was written is with the
 * result under the node's key. */
static int show_log(const struct made *m, struct error *err)
{
	CLEANUP(buf_clear) struct buf log = { 0 };
	const struct manifest_node *n = m->node;
	struct result result = { .log = n->log };
	bool is_elsewhere = made_is_elsewhere(m);
	int rc = 0;

	if (n->state == NODE_BLOCKED && n->n_by > 0)
		return error_set(err, ERROR_NODE,
		    "%s did not run: it waits for %s, which failed", n->path,
		    n->by[0]);
	if (digest_is_null(&n->log) && !digest_is_null(&n->key))
		rc = result_get(m->store, &n->key, TIER_LOCAL, &result, NULL);
	if (rc && rc != ERROR_NOT_FOUND)
		return error_set(err, rc,
		    "the log of %s cannot be read; `sluice store fsck` tells "
		    "why",
		    n->path);
	if (is_elsewhere && (rc || !store_has(m->store, &result.log)))
		return made_elsewhere(m, true, err);
	if (digest_is_null(&result.log)) {
		fprintf(stderr, "sluice: %s printed nothing\n", n->path);
		return 0;
	}
	rc = store_get(m->store, &result.log, &log, err);
	if (rc == 0)
		fwrite(log.p, 1, log.n, stdout);
	return rc;
}

static int add_json_row(json_t *rows, const struct field *f, size_t n,
    struct error *err)
{
	json_t *row = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		if (json_array_append_new(row,
		        f[i].null ? json_null() : json_stringn(f[i].p, f[i].n)))
			break;
	if (json_array_append_new(rows, row) || i < n)
		return error_memory(err);
	return 0;
}

/* Values are text, as in a part; NULL is null. */
static int show_json(const struct made *m, const struct table *t,
    const struct show *how, struct error *err)
{
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	json_auto_t *rows = json_array(), *columns = NULL, *out = NULL;
	const struct field *f;
	uint64_t n;
	int rc;

	if ((rc = columns_to_json(t->columns, t->n_columns, &columns, err)) ||
	    (rc = table_reader_open(m->store, t, &r, err)))
		return rc;
	for (n = 0; !how->schema && n < how->rows; n++) {
		rc = table_reader_next(r, &f, err);
		if (rc <= 0)
			break;
		rc = add_json_row(rows, f, t->n_columns, err);
		if (rc)
			return rc;
	}
	if (rc < 0)
		return rc;
	out = json_pack("{s:s,s:o,s:I,s:O}", "node", m->node->path, "table",
	    json_digest(&t->id), "rows", (json_int_t)t->rows, "columns",
	    columns);
	if (out == NULL || (!how->schema && json_object_set(out, "data", rows)))
		return error_memory(err);
	return cmd_print_json(out)
	    ? error_set(err, ERROR_IO, "the output could not be written")
	    : 0;
}

static int show(const char *name, const char *at, const struct show *how,
    struct error *err)
{
	CLEANUP(made_clear) struct made m = { 0 };
	CLEANUP(table_clear) struct table t = { 0 };
	int rc = made_open(name, at, &m, err);

	if (rc)
		return rc;
	if (how->log)
		return show_log(&m, err);
	rc = made_table(&m, &t, err);
	if (rc)
		return rc;
	if (how->json)
		return show_json(&m, &t, how, err);
	return how->schema ? screen_schema(&t, err)
	                   : screen_rows(m.store, &t, how->rows, err);
}

int cmd_show(int argc, char **argv)
{
	static const struct cmd_number rows = { "-n", "a number of rows", 0,
		UINT64_MAX };
	static const struct option options[] = {
		{ "schema", no_argument, NULL, 's' },
		{ "log", no_argument, NULL, 'l' },
		{ "at", required_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	struct show how = { .rows = ROWS_USUAL };
	struct error err = { 0 };
	const char *at = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "n:", options, NULL)) != -1) {
		if (c == 's')
			how.schema = true;
		else if (c == 'l')
			how.log = true;
		else if (c == 'J')
			how.json = true;
		else if (c == 'a')
			at = optarg;
		else if (c != 'n' ||
		    !cmd_parse_number(&rows, optarg, &how.rows))
			return cmd_usage("show");
	}
	if (argc == optind)
		return cmd_which_node("show");
	if (argc - optind > 1)
		return cmd_usage("show");
	if (show(argv[optind], at, &how, &err))
		return cmd_fail(&err);
	return fflush(stdout) ? EXIT_SURROUNDINGS : EXIT_FINE;
}
