/* graph: see graph.h. */
#include "runner/cmd/graph.h"

#include <string.h>

void graph_text(const struct pipeline *p, const bool *set, struct buf *out)
{
	size_t i, j, k;

	for (i = 0; i < p->n; i++) {
		const struct node *n = &p->nodes[i];

		if (!set[i])
			continue;
		buf_printf(out, "%s\n", n->path);
		for (j = 0; j < n->n_inputs; j++)
			for (k = 0; k < n->inputs[j].n_nodes; k++)
				buf_printf(out, "  %s <- %s\n",
				    n->inputs[j].name,
				    p->nodes[n->inputs[j].nodes[k]].path);
	}
}

/* s between double quotes, as Graphviz wants it. */
static void add_quoted(struct buf *out, const char *s)
{
	buf_add_char(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *s);
	}
	buf_add_char(out, '"');
}

static const char *shape_of(const struct node *n)
{
	switch (n->kind) {
	case NODE_TABLE:
		return "note";
	case NODE_SOURCE:
		return "cylinder";
	case NODE_CODE:
		break;
	}
	return "box";
}

void graph_dot(const struct pipeline *p, const bool *set, struct buf *out)
{
	size_t i, j, k;

	buf_add_str(out, "digraph sluice {\n\trankdir=LR;\n");
	for (i = 0; i < p->n; i++) {
		if (!set[i])
			continue;
		buf_add_char(out, '\t');
		add_quoted(out, p->nodes[i].path);
		buf_printf(out, " [shape=%s];\n", shape_of(&p->nodes[i]));
	}
	for (i = 0; i < p->n; i++) {
		const struct node *n = &p->nodes[i];

		for (j = 0; set[i] && j < n->n_inputs; j++)
			for (k = 0; k < n->inputs[j].n_nodes; k++) {
				size_t from = n->inputs[j].nodes[k];

				if (!set[from])
					continue;
				buf_add_char(out, '\t');
				add_quoted(out, p->nodes[from].path);
				buf_add_str(out, " -> ");
				add_quoted(out, n->path);
				buf_add_str(out, ";\n");
			}
	}
	buf_add_str(out, "}\n");
}

/* s as the text of a Mermaid node: entities for what its parser would take
 * for its own. */
static void add_entities(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		if (strchr("\"#<>&`", *s) != NULL)
			buf_printf(out, "#%d;", *s);
		else
			buf_add_char(out, *s);
}

void graph_mermaid(const struct pipeline *p, const bool *set, struct buf *out)
{
	size_t i, j, k;

	buf_add_str(out, "flowchart LR\n");
	for (i = 0; i < p->n; i++) {
		if (!set[i])
			continue;
		buf_printf(out, "\tn%zu[\"", i);
		add_entities(out, p->nodes[i].path);
		buf_add_str(out, "\"]\n");
	}
	for (i = 0; i < p->n; i++) {
		const struct node *n = &p->nodes[i];

		for (j = 0; set[i] && j < n->n_inputs; j++)
			for (k = 0; k < n->inputs[j].n_nodes; k++)
				if (set[n->inputs[j].nodes[k]])
					buf_printf(out, "\tn%zu --> n%zu\n",
					    n->inputs[j].nodes[k], i);
	}
}
