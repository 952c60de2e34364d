/* sluice diff: what differs between the tables of two runs. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/csv.h"
#include "reports/values.h"
#include "runner/cmd/range.h"
#include "runner/cmd/sides.h"

enum {
	JSON_ROWS = 1000 /* of a table; text has no limit */
};

struct diff_args {
	const char *range;
	const char *const *nodes;
	size_t n_nodes;
	bool has_rows, is_json;
};

/* What is printed while tables are compared. */
struct printer {
	const struct diff_args *args;
	const struct report_pair *pair;
	bool is_terminal;
	const char *removed, *added, *end; /* colours */
	bool has_head; /* the table's "---" and "+++" lines are out */
	json_t *rows; /* of the table at work */
	size_t n_rows;
	size_t n_tables; /* that differ */
};

static bool parse(int argc, char **argv, struct diff_args *a)
{
	static const struct option options[] = {
		{ "rows", no_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'r')
			a->has_rows = true;
		else if (c == 'J')
			a->is_json = true;
		else
			return false;
	}
	a->nodes = (const char *const *)&argv[optind];
	a->n_nodes = (size_t)(argc - optind);
	return true;
}

/* The first argument is a range where git knows it, else a node. */
static void split_args(const struct context *c, struct diff_args *a)
{
	char commit[GIT_ID_HEX + 1];

	if (a->n_nodes == 0 ||
	    (strstr(a->nodes[0], "..") == NULL &&
	        range_commit(c, a->nodes[0], commit, NULL)))
		return;
	/* "../Patient" is a node, "main..exp" a range. */
	if (strncmp(a->nodes[0], "../", 3) == 0 ||
	    strcmp(a->nodes[0], "..") == 0 || strstr(a->nodes[0], "/../"))
		return;
	a->range = a->nodes[0];
	a->nodes++;
	a->n_nodes--;
}

/* -- rows -- */

static void plain_name(struct buf *out, const char *name)
{
	text_add_visible(out, bytes_of(name));
}

static void print_line(const struct printer *p, char sign, struct bytes line)
{
	CLEANUP(buf_clear) struct buf safe = { 0 };

	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (p->is_terminal) {
		text_add_visible(&safe, line);
		line = buf_bytes(&safe);
	}
	fputs(sign == '-' ? p->removed : sign == '+' ? p->added : "", stdout);
	putchar(sign);
	fwrite(line.p ? line.p : "", 1, line.n, stdout);
	fputs(sign == ' ' ? "" : p->end, stdout);
	putchar('\n');
}

static void print_row(const struct printer *p, char sign,
    const struct field *fields, size_t n)
{
	CLEANUP(buf_clear) struct buf line = { 0 };

	csv_add_record(&line, fields, n);
	print_line(p, sign, buf_bytes(&line));
}

/* The names of one side's columns, in its order, as a CSV line. */
static void print_names(const struct printer *p, const struct diff *d,
    bool is_after)
{
	CLEANUP(mem_freep)
	struct field *names = mem_array(d->n_columns, sizeof(*names));
	size_t i, n = 0;

	for (i = 0; names != NULL && i < d->n_columns; i++) {
		const struct diff_column *c = &d->columns[i];
		size_t place = is_after ? c->in_after : c->in_before;

		if (place == SIZE_MAX)
			continue;
		names[place] =
		    (struct field){ c->name, strlen(c->name), false };
		n++;
	}
	printf("%s ", is_after ? "+++" : "---");
	print_row(p, ' ', names, n);
}

static size_t count_columns(const struct diff *d, bool is_after)
{
	size_t i, n = 0;

	for (i = 0; i < d->n_columns; i++)
		n += (is_after ? d->columns[i].in_after
		               : d->columns[i].in_before) != SIZE_MAX;
	return n;
}

static json_t *row_json(const struct field *fields, size_t n)
{
	json_t *row = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(row,
		    fields[i].null ? json_null()
		                   : json_stringn(fields[i].p, fields[i].n));
	return row;
}

static void keep_row(struct printer *p, const struct diff *d,
    const struct diff_row *row)
{
	static const char *const kinds[] = { [DIFF_ADDED] = "added",
		[DIFF_REMOVED] = "removed",
		[DIFF_CHANGED] = "changed" };
	json_t *o;

	if (p->n_rows++ >= JSON_ROWS)
		return;
	o = json_pack("{s:s}", "kind", kinds[row->kind]);
	if (row->before != NULL)
		json_object_set_new(o, "before",
		    row_json(row->before, count_columns(d, false)));
	if (row->after != NULL)
		json_object_set_new(o, "after",
		    row_json(row->after, count_columns(d, true)));
	json_array_append_new(p->rows, o);
}

static void print_path(const struct report_pair *pair)
{
	CLEANUP(buf_clear) struct buf b = { 0 };

	plain_name(&b, pair->now != NULL ? pair->now->path : pair->was->path);
	if (!b.failed)
		puts(b.p);
}

static int take_row(const struct diff *d, const struct diff_row *row,
    void *payload)
{
	struct printer *p = payload;

	if (p->args->is_json) {
		keep_row(p, d, row);
		return 0;
	}
	if (!p->has_head) {
		print_path(p->pair);
		print_names(p, d, false);
		print_names(p, d, true);
		p->has_head = true;
	}
	if (row->before != NULL)
		print_row(p, '-', row->before, count_columns(d, false));
	if (row->after != NULL)
		print_row(p, '+', row->after, count_columns(d, true));
	/* Whoever closed the pipe wants no more. */
	return ferror(stdout) ? 1 : 0;
}

/* -- tables -- */

/* Else what is told is their order, or the rows'. */
static bool names_columns(const struct diff *d)
{
	size_t i;

	for (i = 0; i < d->n_columns; i++)
		if (d->columns[i].change != COLUMN_SAME ||
		    d->columns[i].changed > 0)
			return true;
	return false;
}

static void print_table(const struct report_table *t)
{
	CLEANUP(buf_clear) struct buf b = { 0 }, columns = { 0 };
	struct shown s;

	shown_make(t, true, &s);
	plain_name(&b, t->node->path);
	buf_add_str(&b, "  ");
	rows_print(t, &s, &b);
	if (t->change != TABLE_GONE)
		buf_add_str(&b, strcmp(s.after, "1") == 0 ? " row" : " rows");
	if (t->is_compared)
		buf_printf(&b, "  %s added, %s removed", s.added, s.removed);
	if (s.changed[0] != '\0')
		buf_printf(&b, ", %s changed", s.changed);
	if (s.beyond[0] != '\0') {
		buf_add_str(&b, " (");
		beyond_print(t, &s, &b);
		buf_add_char(&b, ')');
	}
	if (t->why[0] != '\0')
		buf_printf(&b, "  (%s)", t->why);
	buf_add_char(&b, '\n');
	columns_print(t, true, plain_name, &columns);
	if (columns.n > 0)
		buf_printf(&b, "    %s%s\n",
		    names_columns(&t->diff) ? "columns: " : "", columns.p);
	if (t->is_compared)
		table_values_print(t, "    ", t->diff.n_columns, plain_name,
		    &b);
	if (!b.failed)
		fwrite(b.p, 1, b.n, stdout);
}

static bool has_table(const struct manifest_node *n)
{
	return n != NULL && !digest_is_null(&n->table);
}

/* Whether there is anything to tell: both lists of nodes are asked. */
static bool differs(const struct report_pair *p)
{
	if (!has_table(p->was) && !has_table(p->now))
		return false;
	return !has_table(p->was) || !has_table(p->now) ||
	    !digest_eq(&p->was->table, &p->now->table);
}

/* One table; into list as JSON, where that is wanted. */
static int compare(const struct sides *s, struct printer *p,
    const struct report_pair *pair, json_t *list, struct error *err)
{
	CLEANUP(report_table_clear) struct report_table t = { 0 };
	json_t *json = NULL;
	int rc;

	p->pair = pair;
	p->n_tables++;
	p->has_head = false;
	p->n_rows = 0;
	p->rows = p->args->is_json && p->args->has_rows ? json_array() : NULL;
	rc = report_table_make(s->store, pair,
	    p->args->has_rows ? take_row : NULL, p, &t, err);
	if (rc == 0 && !p->args->is_json)
		print_table(&t);
	if (rc == 0 && p->args->is_json &&
	    (rc = report_table_json(&t, true, &json, err)) == 0) {
		if (p->rows != NULL) {
			json_object_set(json, "rows", p->rows);
			json_object_set_new(json, "rows_left_out",
			    json_integer(p->n_rows > JSON_ROWS
			            ? (json_int_t)(p->n_rows - JSON_ROWS)
			            : 0));
		}
		json_array_append_new(list, json);
	}
	json_decref(p->rows);
	return rc;
}

/* All nodes of after, and those that before alone has, in order of paths. */
static int compare_all(const struct sides *s, struct printer *p, json_t *list,
    struct error *err)
{
	const struct manifest *a = &s->before, *b = &s->after;
	size_t i = 0, j = 0;
	int rc = 0;

	while (rc == 0 && (i < a->n || j < b->n)) {
		int way = i == a->n ? 1
		    : j == b->n     ? -1
		                : strcmp(a->nodes[i].path, b->nodes[j].path);
		struct report_pair pair = { way <= 0 ? &a->nodes[i] : NULL,
			way >= 0 ? &b->nodes[j] : NULL };
		const char *path =
		    way >= 0 ? b->nodes[j].path : a->nodes[i].path;

		i += way <= 0;
		j += way >= 0;
		/* A run of some nodes says nothing of the others. */
		if ((pair.now == NULL && b->n_targets > 0) || !differs(&pair) ||
		    !sides_wants(s, path, p->args->nodes, p->args->n_nodes))
			continue;
		if (pair.now != NULL && !has_table(pair.now))
			continue;
		rc = compare(s, p, &pair, list, err);
	}
	return rc;
}

static bool is_named(const struct sides *s, const struct manifest *m,
    const char *arg)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (sides_wants(s, m->nodes[i].path, &arg, 1))
			return true;
	return false;
}

/* Each argument is to name a node on one of the sides. */
static int check_nodes(const struct sides *s, const struct diff_args *a,
    struct error *err)
{
	size_t i;

	for (i = 0; i < a->n_nodes; i++)
		if (!is_named(s, &s->before, a->nodes[i]) &&
		    !is_named(s, &s->after, a->nodes[i]))
			return error_set(err, ERROR_USAGE,
			    "'%s' is no branch, tag or commit, and no node of these "
			    "runs",
			    a->nodes[i]);
	return 0;
}

static int diff(struct diff_args *a, json_t *list, struct error *err)
{
	CLEANUP(sides_clear) struct sides s = { 0 };
	struct printer p = { .args = a,
		.is_terminal = isatty(1),
		.removed = cmd_color(COLOR_RED),
		.added = cmd_color(COLOR_GREEN),
		.end = cmd_color(COLOR_END) };
	int rc = sides_open(&s, err);

	if (rc)
		return rc;
	split_args(&s.context, a);
	if ((rc = sides_of_range(&s, a->range, err)) ||
	    (rc = check_nodes(&s, a, err)))
		return rc;
	sides_tell(&s);
	rc = compare_all(&s, &p, list, err);
	if (rc == 0 && p.n_tables == 0 && !a->is_json)
		fputs("sluice: no table differs\n", stderr);
	return rc;
}

int cmd_diff(int argc, char **argv)
{
	struct diff_args a = { 0 };
	struct error err = { 0 };
	json_auto_t *list = json_array(), *all = NULL;
	int rc;

	if (!parse(argc, argv, &a))
		return cmd_usage("diff");
	rc = diff(&a, list, &err);
	if (rc < 0)
		return cmd_fail(&err);
	if (a.is_json) {
		all = json_pack("{s:O}", "tables", list);
		return cmd_print_json(all);
	}
	return fflush(stdout) || rc > 0 ? EXIT_SURROUNDINGS : EXIT_FINE;
}
