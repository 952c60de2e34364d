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

enum {
	ROWS_USUAL = 20,
	WIDTH_MOST = 50
};

struct show {
	uint64_t rows;
	bool schema, log, json;
};

/* What stands in a place of the screen: always a line, never an escape. */
struct shown {
	char *text;
	size_t width;
};

struct screen {
	struct shown *cells; /* names, types, then rows */
	size_t n_columns, n, cap;
	size_t *widths;
	bool *right; /* numbers */
};

static void screen_clear(struct screen *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		mem_free(s->cells[i].text);
	mem_free(s->cells);
	mem_free(s->widths);
	mem_free(s->right);
}

/* The first WIDTH_MOST characters. */
static void shorten(char *text)
{
	size_t n = 0;
	char *p;

	if (text_width(text) <= WIDTH_MOST)
		return;
	for (p = text; *p != '\0'; p++) {
		n += ((unsigned char)*p & 0xc0) != 0x80;
		if (n == WIDTH_MOST - 2)
			break;
	}
	snprintf(p, 4, "...");
}

static int add_cell(struct screen *s, struct bytes text, struct error *err)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct shown *more = mem_grow(s->cells, s->n, &s->cap, sizeof(*more));
	struct shown *cell;
	size_t column = s->n % s->n_columns;

	if (more == NULL)
		return error_memory(err);
	s->cells = more;
	cell = more + s->n;
	text_add_visible(&b, text);
	cell->text = buf_steal(&b);
	if (cell->text == NULL)
		return error_memory(err);
	shorten(cell->text);
	cell->width = text_width(cell->text);
	if (cell->width > s->widths[column])
		s->widths[column] = cell->width;
	s->n++;
	return 0;
}

static bool is_number(const struct type *t)
{
	return t->kind == TYPE_INTEGER || t->kind == TYPE_REAL ||
	    t->kind == TYPE_DECIMAL;
}

static int add_head(struct screen *s, const struct table *t, struct error *err)
{
	size_t i;
	int rc = 0;

	s->n_columns = t->n_columns;
	s->widths = mem_array(t->n_columns, sizeof(*s->widths));
	s->right = mem_array(t->n_columns, sizeof(*s->right));
	if (s->widths == NULL || s->right == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < t->n_columns; i++) {
		s->right[i] = is_number(&t->columns[i].type);
		rc = add_cell(s, bytes_of(t->columns[i].name), err);
	}
	for (i = 0; rc == 0 && i < t->n_columns; i++) {
		char type[64];

		type_print(&t->columns[i].type, type, sizeof(type));
		rc = add_cell(s, bytes_of(type), err);
	}
	return rc;
}

/* NULL is an empty place, the empty text is "", as in the file. */
static int add_row(struct screen *s, const struct field *f, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->n_columns; i++) {
		if (f[i].n == 0)
			rc =
			    add_cell(s, bytes_of(f[i].null ? "" : "\"\""), err);
		else
			rc = add_cell(s, (struct bytes){ f[i].p, f[i].n }, err);
	}
	return rc;
}

static void put_blanks(size_t n)
{
	while (n-- > 0)
		putchar(' ');
}

static void print_line(const struct screen *s, size_t row)
{
	size_t i;

	for (i = 0; i < s->n_columns; i++) {
		const struct shown *c = &s->cells[row * s->n_columns + i];
		size_t blanks = s->widths[i] - c->width;

		if (i > 0)
			put_blanks(2);
		if (s->right[i])
			put_blanks(blanks);
		fputs(c->text, stdout);
		if (!s->right[i] && i + 1 < s->n_columns)
			put_blanks(blanks);
	}
	putchar('\n');
}

static void print_rule(const struct screen *s)
{
	size_t i, k;

	for (i = 0; i < s->n_columns; i++) {
		if (i > 0)
			put_blanks(2);
		for (k = 0; k < s->widths[i]; k++)
			putchar('-');
	}
	putchar('\n');
}

static int show_rows(const struct made *m, const struct table *t, uint64_t most,
    struct error *err)
{
	CLEANUP(screen_clear) struct screen s = { 0 };
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *f;
	uint64_t n = 0;
	size_t i;
	int rc = add_head(&s, t, err);

	if (rc || (rc = table_reader_open(m->store, t, &r, err)))
		return rc;
	while (n < most && (rc = table_reader_next(r, &f, err)) > 0) {
		rc = add_row(&s, f, err);
		if (rc)
			return rc;
		n++;
	}
	if (rc < 0)
		return rc;
	print_line(&s, 0);
	print_line(&s, 1);
	print_rule(&s);
	for (i = 2; i < s.n / s.n_columns; i++)
		print_line(&s, i);
	if (n < t->rows)
		printf("(%" PRIu64 " of %" PRIu64 " rows; -n shows more)\n", n,
		    t->rows);
	else
		printf("(%" PRIu64 " row%s)\n", n, n == 1 ? "" : "s");
	return 0;
}

static bool is_key(const struct table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n_key; i++)
		if (strcmp(t->key[i], name) == 0)
			return true;
	return false;
}

/* NAME, TYPE, the engine's own type, "key". */
static int show_schema(const struct table *t, struct error *err)
{
	CLEANUP(screen_clear) struct screen s = { .n_columns = 3 };
	size_t i;
	int rc = 0;

	s.widths = mem_array(3, sizeof(*s.widths));
	s.right = mem_array(3, sizeof(*s.right));
	if (s.widths == NULL || s.right == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];
		char type[64], more[64];

		type_print(&c->type, type, sizeof(type));
		snprintf(more, sizeof(more), "%s%s%s", c->type.as,
		    c->type.as[0] && is_key(t, c->name) ? " " : "",
		    is_key(t, c->name) ? "key" : "");
		if ((rc = add_cell(&s, bytes_of(c->name), err)) ||
		    (rc = add_cell(&s, bytes_of(type), err)) ||
		    (rc = add_cell(&s, bytes_of(more), err)))
			return rc;
	}
	for (i = 0; i < t->n_columns; i++)
		print_line(&s, i);
	return rc;
}

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
	return how->schema ? show_schema(&t, err)
	                   : show_rows(&m, &t, how->rows, err);
}

static bool parse_rows(const char *text, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 10);
	return (*text >= '0' && *text <= '9' && *end == '\0') ||
	    cmd_refuse("-n", "a number of rows", text);
}

int cmd_show(int argc, char **argv)
{
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
		else if (c != 'n' || !parse_rows(optarg, &how.rows))
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
