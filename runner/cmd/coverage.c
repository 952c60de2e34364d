/* coverage: see coverage.h. */
#include "runner/cmd/coverage.h"

#include <string.h>

#include "cache/base/buf.h"
#include "cache/base/json.h"
#include "cache/base/text.h"

bool coverage_is_none(const struct node *n)
{
	return n->n_tests + n->n_cases == 0 &&
	    n->contract.n_key + n->contract.n_columns == 0;
}

static size_t count_warnings(const struct node *n)
{
	size_t i, warnings = 0;

	for (i = 0; i < n->n_tests; i++)
		warnings += n->tests[i].is_warning;
	return warnings;
}

/* -- text -- */

static void add_count(struct buf *line, size_t n, const char *word)
{
	if (n > 0)
		buf_printf(line, ", %zu %s%s", n, word, n == 1 ? "" : "s");
}

static void print_node(const struct node *n, int width)
{
	CLEANUP(buf_clear) struct buf line = { 0 }, safe = { 0 };
	size_t i, warnings = count_warnings(n);

	add_count(&line, n->n_tests - warnings, "test");
	add_count(&line, warnings, "warning");
	add_count(&line, n->n_cases, "case");
	for (i = 0; i < n->contract.n_key; i++)
		buf_printf(&line, "%s%s", i ? ", " : ", key (",
		    n->contract.key[i]);
	if (i > 0)
		buf_add_char(&line, ')');
	add_count(&line, n->contract.n_columns, "column");
	text_add_visible(&safe, buf_bytes(&line));
	if (!safe.failed)
		printf("%-*s  %s\n", width, n->path,
		    safe.n ? safe.p + 2 : "none");
}

static int print_text(const struct pipeline *p, const bool *named)
{
	size_t i, n = 0, none = 0;
	int width = 0;

	for (i = 0; i < p->n; i++)
		if (named[i] && (int)strlen(p->nodes[i].path) > width)
			width = (int)strlen(p->nodes[i].path);
	for (i = 0; i < p->n; i++) {
		if (!named[i])
			continue;
		n++;
		none += coverage_is_none(&p->nodes[i]);
		print_node(&p->nodes[i], width);
	}
	printf("%zu of %zu node%s %s no test, key or column declared\n", none,
	    n, n == 1 ? "" : "s", none == 1 ? "has" : "have");
	return EXIT_FINE;
}

/* -- JSON -- */

static json_t *key_json(const struct contract *c)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < c->n_key; i++)
		json_array_append_new(list, json_string(c->key[i]));
	return list;
}

static json_t *columns_json(const struct contract *c)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < c->n_columns; i++)
		json_array_append_new(list, json_string(c->columns[i].name));
	return list;
}

static int print_json(const struct pipeline *p, const bool *named)
{
	json_t *nodes = json_array(), *untested = json_array();
	json_auto_t *out = NULL;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct node *n = &p->nodes[i];
		size_t warnings = count_warnings(n);

		if (!named[i])
			continue;
		json_array_append_new(nodes,
		    json_pack("{s:s,s:I,s:I,s:I,s:o,s:o}", "node", n->path,
		        "tests", (json_int_t)(n->n_tests - warnings),
		        "warnings", (json_int_t)warnings, "cases",
		        (json_int_t)n->n_cases, "key", key_json(&n->contract),
		        "columns", columns_json(&n->contract)));
		if (coverage_is_none(n))
			json_array_append_new(untested, json_string(n->path));
	}
	out = json_pack("{s:{s:I,s:I},s:o,s:o}", "counts", "nodes",
	    (json_int_t)json_array_size(nodes), "untested",
	    (json_int_t)json_array_size(untested), "nodes", nodes, "untested",
	    untested);
	return cmd_print_json(out);
}

int coverage_print(const struct pipeline *p, const bool *named, bool is_json)
{
	return is_json ? print_json(p, named) : print_text(p, named);
}
