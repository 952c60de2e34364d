/* sluice plan: which nodes a change of text touches, and why. */
#include <getopt.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/cmd/look.h"
#include "runner/cmd/range.h"
#include "runner/lang/change.h"

/* Two pipelines and what differs between them. */
struct comparison {
	struct range range;
	struct look base, head; /* base.pipeline NULL: no commit yet */
	struct changes changes;
};

static void comparison_clear(struct comparison *c)
{
	changes_clear(&c->changes);
	look_clear(&c->base);
	look_clear(&c->head);
}

static const char *path_of(const struct pipeline *p, size_t node)
{
	return p->nodes[node].path;
}

static json_t *paths_json(const struct pipeline *p, const size_t *nodes,
    size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(list, json_string(path_of(p, nodes[i])));
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
		    json_string(path_of(c->head, c->affected[i].node)));
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

		json_object_set_new(why, path_of(c->head, change->node), one);
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
	json_auto_t *all = json_pack(
	    "{s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "base",
	    commit_json(m->range.base), "head", commit_json(m->range.head),
	    "nodes", (json_int_t)c->head->n, "changed",
	    paths_json(c->head, c->changed, c->n_changed), "added",
	    paths_json(c->head, c->added, c->n_added), "removed",
	    paths_json(c->base, c->removed, c->n_removed), "moved",
	    moved_json(c), "affected", affected_json(c), "why", why_json(c));

	return cmd_print_json(all);
}

/* The word for an affected node, and the place behind it. */
static void print_affected(const struct changes *c,
    const struct node_change *change, int width)
{
	const char *path = path_of(c->head, change->node);
	bool added = c->base == NULL || pipeline_find(c->base, path) == NULL;
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

	printf("%zu of %zu nodes affected (%.7s..%.7s)\n", c->n_affected,
	    c->head->n, *m->range.base ? m->range.base : "nothing",
	    *m->range.head ? m->range.head : "files");
	for (i = 0; i < c->n_affected; i++) {
		n = strlen(path_of(c->head, c->affected[i].node));
		width = n < 48 && (int)n > width ? (int)n : width;
	}
	for (i = 0; i < c->n_affected; i++)
		print_affected(c, &c->affected[i], width);
	for (i = 0; i < c->n_changed; i++)
		if (!is_affected(c, c->changed[i]))
			printf("changed %s, to what the base has already: "
			       "computes nothing\n",
			    path_of(c->head, c->changed[i]));
	for (i = 0; i < c->n_removed; i++)
		printf("removed %s\n", path_of(c->base, c->removed[i]));
	for (i = 0; i < c->n_moved; i++)
		printf("moved %s to %s\n", path_of(c->base, c->moved[i].from),
		    path_of(c->head, c->moved[i].to));
	return fflush(stdout) ? EXIT_SURROUNDINGS : EXIT_FINE;
}

/* Loads both sides. Errors of the base's text are not this change's: its
 * nodes that could be resolved are compared with. */
static int compare(const char *arg, const struct pipeline_options *options,
    struct comparison *out)
{
	struct context context = { 0 };
	struct error err = { 0 };
	const char *head;
	int rc;

	if (context_open(NULL, &context, &err) ||
	    range_find(&context, arg, &out->range, &err)) {
		context_clear(&context);
		return cmd_fail(&err);
	}
	context_clear(&context);
	head = *out->range.head ? out->range.head : NULL;
	if ((rc = look_or_fail(head, options, &out->head)))
		return rc;
	if (*out->range.base != '\0')
		look_open(NULL, out->range.base, options, &out->base, &err);
	if (*out->range.base != '\0' && out->base.pipeline == NULL)
		return cmd_fail(&err);
	err = (struct error){ 0 };
	if (changes_make(out->base.pipeline, out->head.pipeline, &out->changes,
	        &err))
		return cmd_fail(&err);
	return EXIT_FINE;
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
	if (status || m.changes.head == NULL)
		return status;
	return json ? print_json(&m) : print_text(&m);
}
