/* sluice plan: which nodes a change of text touches, and why. */
#include <getopt.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/cmd/look.h"
#include "runner/cmd/planner.h"
#include "runner/cmd/range.h"

struct side {
	struct source *source;
	struct pipeline *pipeline;
};

/* Two texts and what differs between them. */
struct comparison {
	struct context context;
	struct planner *planner;
	struct range range;
	struct side base, head; /* no pipelines where the index knew */
	struct changes changes;
};

static void side_clear(struct side *s)
{
	pipeline_free(s->pipeline);
	source_close(s->source);
}

static void comparison_clear(struct comparison *c)
{
	changes_clear(&c->changes);
	side_clear(&c->base);
	side_clear(&c->head);
	planner_close(c->planner);
	context_clear(&c->context);
}

static const char *path_of(const struct pipeline *p, size_t node)
{
	return p->nodes[node].path;
}

static json_t *heads_json(const struct changes *c, const size_t *nodes,
    size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(list,
		    json_string(changes_path(c, nodes[i])));
	return list;
}

static json_t *removed_json(const struct changes *c)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < c->n_removed; i++)
		json_array_append_new(list,
		    json_string(path_of(c->base, c->removed[i])));
	return list;
}

static json_t *moved_json(const struct changes *c)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < c->n_moved; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "from",
		        path_of(c->base, c->moved[i].from), "to",
		        path_of(c->head, c->moved[i].to)));
	return list;
}

static json_t *affected_json(const struct changes *c)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < c->n_affected; i++)
		json_array_append_new(list,
		    json_string(changes_path(c, c->affected[i].node)));
	return list;
}

static json_t *why_json(const struct changes *c)
{
	json_t *why = json_object();
	size_t i;

	for (i = 0; i < c->n_affected; i++) {
		const struct node_change *change = &c->affected[i];
		json_t *one = json_pack("{s:s, s:s*, s:i, s:s*}", "cause",
		    change_cause_name(change->cause), "path", change->at.path,
		    "line", change->at.line, "input", change->input);

		json_object_set_new(why, changes_path(c, change->node), one);
	}
	return why;
}

/* A commit, or null: none yet (base), the files as they are (head). */
static json_t *commit_json(const char *commit)
{
	return *commit ? json_string(commit) : json_null();
}

static int print_json(const struct comparison *m)
{
	const struct changes *c = &m->changes;
	json_auto_t *all =
	    json_pack("{s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "base",
	        commit_json(m->range.base), "head", commit_json(m->range.head),
	        "nodes", (json_int_t)c->n, "changed",
	        heads_json(c, c->changed, c->n_changed), "added",
	        heads_json(c, c->added, c->n_added), "removed", removed_json(c),
	        "moved", moved_json(c), "affected", affected_json(c), "why",
	        why_json(c));

	return cmd_print_json(all);
}

/* The word for an affected node, and the place behind it. */
static void print_affected(const struct changes *c,
    const struct node_change *change, int width)
{
	const char *path = changes_path(c, change->node);
	bool added = changes_is_added(c, change->node);
	const char *word = added          ? "added"
	    : change->cause == CAUSE_CODE ? "changed"
	                                  : change_cause_name(change->cause);

	printf("  %-*s  %-7s", width, path, word);
	if (change->cause == CAUSE_INPUT && change->input != NULL)
		printf("  %s", change->input);
	else if (change->at.path != NULL)
		printf("  %s:%d", change->at.path, change->at.line);
	putchar('\n');
}

static bool is_affected(const struct changes *c, size_t node)
{
	size_t i;

	for (i = 0; i < c->n_affected; i++)
		if (c->affected[i].node == node)
			return true;
	return false;
}

static int print_text(const struct comparison *m)
{
	const struct changes *c = &m->changes;
	size_t i, n;
	int width = 0;

	printf("%zu of %zu nodes affected (%.7s..%.7s)\n", c->n_affected, c->n,
	    *m->range.base ? m->range.base : "nothing",
	    *m->range.head ? m->range.head : "files");
	for (i = 0; i < c->n_affected; i++) {
		n = strlen(changes_path(c, c->affected[i].node));
		width = n < 48 && (int)n > width ? (int)n : width;
	}
	for (i = 0; i < c->n_affected; i++)
		print_affected(c, &c->affected[i], width);
	for (i = 0; i < c->n_changed; i++)
		if (!is_affected(c, c->changed[i]))
			printf("changed %s, to what the base has already: "
			       "computes nothing\n",
			    changes_path(c, c->changed[i]));
	for (i = 0; i < c->n_removed; i++)
		printf("removed %s\n", path_of(c->base, c->removed[i]));
	for (i = 0; i < c->n_moved; i++)
		printf("moved %s to %s\n", path_of(c->base, c->moved[i].from),
		    path_of(c->head, c->moved[i].to));
	return fflush(stdout) ? EXIT_SURROUNDINGS : EXIT_FINE;
}

/* By the plan index, where it knows. Nothing is told but the warnings. */
static int compare_by_index(struct comparison *m, bool *known,
    struct error *err)
{
	int rc;

	*known = false;
	if (*m->range.base == '\0')
		return 0;
	if ((rc = planner_open(&m->context, &m->planner, err)) ||
	    (rc = planner_changes(m->planner, m->range.base, m->head.source,
	         true, known, &m->changes, err)))
		return rc;
	if (*known)
		fputs(planner_warnings(m->planner), stderr);
	return 0;
}

/* Loads both sides. Errors of the base's text are not this change's: its
 * nodes that could be resolved are compared with. */
static int compare_texts(struct comparison *m,
    const struct pipeline_options *options)
{
	const struct context *c = &m->context;
	struct error err = { 0 };
	int rc;

	rc = pipeline_load(m->head.source, options, &m->head.pipeline, &err);
	if (m->head.pipeline != NULL && cmd_diagnostics(m->head.pipeline))
		return EXIT_PIPELINE;
	if (rc)
		return cmd_fail(&err);
	if (*m->range.base != '\0' &&
	    context_source(c, m->range.base, &m->base.source, &err) == 0)
		pipeline_load(m->base.source, options, &m->base.pipeline, &err);
	if (*m->range.base != '\0' && m->base.pipeline == NULL)
		return cmd_fail(&err);
	err = (struct error){ 0 };
	if (changes_make(m->base.pipeline, m->head.pipeline, &m->changes, &err))
		return cmd_fail(&err);
	/* without an index the next plan takes longer, that is all */
	if (m->planner != NULL && m->base.pipeline->n_errors == 0)
		(void)planner_keep(m->planner, m->base.pipeline, NULL);
	return EXIT_FINE;
}

static int compare(const char *arg, struct pipeline_options *options,
    struct comparison *out)
{
	struct error err = { 0 };
	const char *head = out->range.head;
	bool known = false;

	if (context_open(NULL, &out->context, &err) ||
	    range_find(&out->context, arg, &out->range, &err) ||
	    context_source(&out->context, *head ? head : NULL,
	        &out->head.source, &err) ||
	    (options->n_set == 0 && compare_by_index(out, &known, &err)))
		return cmd_fail(&err);
	options->root = out->context.root;
	return known ? EXIT_FINE : compare_texts(out, options);
}

int cmd_plan(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "set", required_argument, NULL, 's' },
		{ 0 },
	};
	CLEANUP(comparison_clear) struct comparison m = { 0 };
	CLEANUP(set_options_clear) struct set_options set = { 0 };
	struct pipeline_options options = { 0 };
	struct error err = { 0 };
	bool json = false;
	int c, status;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (c != 's')
			return cmd_usage("plan");
		else if (set_options_add(&set, optarg, &err))
			return cmd_fail(&err);
	}
	if (argc - optind > 1)
		return cmd_usage("plan");
	options.set = set.values;
	options.n_set = set.n;
	status = compare(argv[optind], &options, &m);
	if (status)
		return status;
	return json ? print_json(&m) : print_text(&m);
}
