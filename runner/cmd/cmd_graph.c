/* sluice graph: the DAG, or a node's ancestors and descendants. */
#include <getopt.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/cmd/dot.h"
#include "runner/cmd/graph.h"
#include "runner/cmd/look.h"

/* Adds to set what reads the nodes in it, to the end. */
static void close_over_readers(const struct pipeline *p, bool *set)
{
	size_t i, j, k;

	for (i = 0; i < p->n; i++) {
		const struct node *n = &p->nodes[p->order[i]];

		for (j = 0; j < n->n_inputs; j++)
			for (k = 0; k < n->inputs[j].n_nodes; k++)
				if (set[n->inputs[j].nodes[k]])
					set[p->order[i]] = true;
	}
}

/* The nodes of the arguments with all above and below them; all nodes where
 * there are no arguments. */
static int choose(const struct look *l, char **args, size_t n, bool *set,
    struct error *err)
{
	const struct pipeline *p = l->pipeline;
	const char *from = l->context.prefix ? l->context.prefix : "";
	CLEANUP(mem_freep) bool *above = mem_array(p->n + 1, 1);
	size_t i;
	int rc;

	if (above == NULL)
		return error_memory(err);
	if (n == 0) {
		memset(set, true, p->n);
		return 0;
	}
	rc = pipeline_select(p, from, (const char *const *)args, n, set, err);
	if (rc)
		return rc;
	memcpy(above, set, p->n);
	pipeline_close_over_inputs(p, above);
	close_over_readers(p, set);
	for (i = 0; i < p->n; i++)
		set[i] = set[i] || above[i];
	return 0;
}

/* The pipeline's JSON, without the nodes that are not in set. */
static int print_json(const struct pipeline *p, const bool *set)
{
	json_auto_t *all = NULL;
	struct error err = { 0 };
	json_t *nodes;
	size_t i;

	if (pipeline_to_json(p, &all, &err))
		return cmd_fail(&err);
	nodes = json_object_get(all, "nodes");
	for (i = p->n; i-- > 0;)
		if (!set[i])
			json_array_remove(nodes, i);
	return cmd_print_json(all);
}

static int print(const struct look *l, const bool *set, const char *format)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	CLEANUP(buf_clear) struct buf svg = { 0 };
	const struct buf *out = &b;
	struct error err = { 0 };

	if (strcmp(format, "json") == 0)
		return print_json(l->pipeline, set);
	cmd_tell_empty(l->pipeline);
	if (strcmp(format, "text") == 0)
		graph_text(l->pipeline, set, &b);
	else if (strcmp(format, "mermaid") == 0)
		graph_mermaid(l->pipeline, set, &b);
	else
		graph_dot(l->pipeline, set, &b);
	if (buf_check(&b, &err))
		return cmd_fail(&err);
	if (strcmp(format, "svg") == 0) {
		if (dot_run("svg", buf_bytes(&b), &svg, &err))
			return cmd_fail(&err);
		out = &svg;
	}
	fwrite(out->p ? out->p : "", 1, out->n, stdout);
	return fflush(stdout) ? EXIT_SURROUNDINGS : EXIT_FINE;
}

static bool is_format(const char *word)
{
	static const char *const known[] = { "text", "dot", "svg", "mermaid",
		"json" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(word, known[i]) == 0)
			return true;
	return false;
}

int cmd_graph(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "at", required_argument, NULL, 'a' },
		{ "set", required_argument, NULL, 's' },
		{ 0 },
	};
	CLEANUP(look_clear) struct look l = { 0 };
	CLEANUP(set_options_clear) struct set_options values = { 0 };
	CLEANUP(mem_freep) bool *set = NULL;
	struct pipeline_options options = { 0 };
	struct error err = { 0 };
	const char *at = NULL, *format = "text";
	int c, status;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'f' && !is_format(optarg))
			cmd_refuse("--format",
			    "text, dot, svg, mermaid or json", optarg);
		if (c == 'f' && is_format(optarg))
			format = optarg;
		else if (c == 'j')
			format = "json";
		else if (c == 'a')
			at = optarg;
		else if (c != 's')
			return cmd_usage("graph");
		else if (set_options_add(&values, optarg, &err))
			return cmd_fail(&err);
	}
	options.set = values.values;
	options.n_set = values.n;
	status = look_or_fail(at, &options, &l);
	if (status)
		return status;
	set = mem_array(l.pipeline->n + 1, sizeof(*set));
	if (set == NULL)
		return error_memory(&err), cmd_fail(&err);
	if (choose(&l, argv + optind, (size_t)(argc - optind), set, &err))
		return cmd_fail(&err);
	return print(&l, set, format);
}
