/* sluice tree: the resolved directory: each node, where it comes from, what
 * it hides, its parameters' values and where they were set. */
#include <getopt.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/cmd/look.h"
#include "runner/cmd/nodepath.h"

static json_t *place_json(const struct place *at)
{
	return json_sprintf("%s:%d:%d", at->path, at->line, at->col);
}

static json_t *parameters_json(const struct node *n)
{
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < n->n_parameters; i++) {
		const struct parameter *p = &n->parameters[i];
		json_t *at =
		    p->at.path ? place_json(&p->at) : json_string("--set");

		json_object_set_new(all, p->name,
		    json_pack("{s:s, s:s, s:o}", "value", p->value, "type",
		        p->type, "at", at));
	}
	return all;
}

static json_t *node_json(const struct node *n)
{
	json_t *include = json_array();
	size_t i;

	for (i = 0; i < n->n_include; i++)
		json_array_append_new(include, place_json(&n->include[i]));
	return json_pack("{s:s, s:s, s:s, s:o, s:s*, s:o}", "node", n->path,
	    "file", n->file, "own_file", n->own_file ? n->own_file : n->file,
	    "include", include, "hides", n->hides, "parameters",
	    parameters_json(n));
}

static int print_json(const struct pipeline *p, const bool *set)
{
	json_t *nodes = json_array();
	json_auto_t *all = json_pack("{s:o}", "nodes", nodes);
	size_t i;

	for (i = 0; i < p->n; i++)
		if (set[i])
			json_array_append_new(nodes, node_json(&p->nodes[i]));
	return cmd_print_json(all);
}

/* The directories of path that the line before did not show: each on a line
 * of its own, indented by its depth. Returns the depth of the last part. */
static int print_directories(const char *before, const char *path)
{
	const char *part = path, *slash;
	bool same = true;
	int depth = 0;

	for (; (slash = strchr(part, '/')) != NULL; part = slash + 1) {
		size_t n = (size_t)(slash + 1 - path);

		same = same && strncmp(before, path, n) == 0;
		if (!same)
			printf("%*s%.*s\n", depth * 2, "",
			    (int)(slash + 1 - part), part);
		depth++;
	}
	return depth;
}

static void print_node(const struct node *n, int depth)
{
	const char *name = strrchr(n->path, '/');
	int blanks = 24 - depth * 2;
	size_t i;

	name = name ? name + 1 : n->path;
	blanks -= (int)text_width(name);
	printf("%*s%s%*s  %s", depth * 2, "", name, blanks > 0 ? blanks : 0, "",
	    n->file);
	for (i = 0; i < n->n_include; i++)
		printf("  by %s:%d", n->include[i].path, n->include[i].line);
	if (n->hides != NULL)
		printf("  hides %s", n->hides);
	putchar('\n');
	for (i = 0; i < n->n_parameters; i++) {
		const struct parameter *p = &n->parameters[i];

		printf("%*s  %s = %s  ", depth * 2, "", p->name, p->value);
		if (p->at.path != NULL)
			printf("(%s:%d)\n", p->at.path, p->at.line);
		else
			puts("(--set)");
	}
}

static int print_text(const struct pipeline *p, const bool *set)
{
	const char *before = "";
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct node *n = &p->nodes[i];

		if (!set[i])
			continue;
		print_node(n, print_directories(before, n->path));
		before = n->path;
	}
	cmd_tell_empty(p);
	return fflush(stdout) ? EXIT_SURROUNDINGS : EXIT_FINE;
}

/* What lies in the directory, as `ls -p` tells of files: each name once, a
 * slash behind those of directories. */
static void print_names(const struct pipeline *p, const char *dir)
{
	const char *before = "";
	size_t i, n = strlen(dir), last = 0;

	for (i = 0; i < p->n; i++) {
		const char *name = p->nodes[i].path;
		size_t length;

		if (!nodepath_is_in(name, dir))
			continue;
		name += n + (n > 0 && name[n] == '/');
		length = strcspn(name, "/");
		length += name[length] == '/';
		if (length == 0 ||
		    (length == last && strncmp(name, before, length) == 0))
			continue;
		printf("%.*s\n", (int)length, name);
		before = name;
		last = length;
	}
}

/* For those that complete a word: errors of the pipeline's text are not
 * told, and what it has of nodes all the same is listed. Outside a repository
 * nothing is: it could be all of somebody's files. */
static int show_names(const char *dir, const char *at,
    const struct pipeline_options *options)
{
	CLEANUP(context_clear) struct context c = { 0 };
	CLEANUP(look_clear) struct look l = { 0 };
	CLEANUP(buf_clear) struct buf path = { 0 };
	struct error err = { 0 };

	if (context_open(NULL, &c, &err))
		return cmd_fail(&err);
	look_open(NULL, at, options, &l, &err);
	if (l.pipeline == NULL)
		return cmd_fail(&err);
	if (l.context.prefix != NULL)
		nodepath_add(&path, l.context.prefix);
	if (dir != NULL)
		nodepath_add(&path, dir);
	if (buf_check(&path, &err))
		return cmd_fail(&err);
	print_names(l.pipeline, path.p ? path.p : "");
	return fflush(stdout) ? EXIT_SURROUNDINGS : EXIT_FINE;
}

/* The nodes of the arguments, or all. */
static int show(const struct look *l, char **args, size_t n, bool json)
{
	CLEANUP(mem_freep) bool *set = mem_array(l->pipeline->n + 1, 1);
	struct error err = { 0 };
	const char *from = l->context.prefix ? l->context.prefix : "";

	if (set == NULL)
		return error_memory(&err), cmd_fail(&err);
	if (n == 0)
		memset(set, true, l->pipeline->n);
	else if (pipeline_select(l->pipeline, from, (const char *const *)args,
	             n, set, &err))
		return cmd_fail(&err);
	return json ? print_json(l->pipeline, set)
	            : print_text(l->pipeline, set);
}

int cmd_tree(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "at", required_argument, NULL, 'a' },
		{ "set", required_argument, NULL, 's' },
		{ "names", no_argument, NULL, 'n' },
		{ 0 },
	};
	CLEANUP(look_clear) struct look l = { 0 };
	CLEANUP(set_options_clear) struct set_options set = { 0 };
	struct pipeline_options options = { 0 };
	struct error err = { 0 };
	const char *at = NULL;
	bool json = false, names = false;
	int c, status;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (c == 'n')
			names = true;
		else if (c == 'a')
			at = optarg;
		else if (c != 's')
			return cmd_usage("tree");
		else if (set_options_add(&set, optarg, &err))
			return cmd_fail(&err);
	}
	options.set = set.values;
	options.n_set = set.n;
	if (names && argc - optind > 1)
		return cmd_usage("tree");
	if (names)
		return show_names(argv[optind], at, &options);
	status = look_or_fail(at, &options, &l);
	if (status)
		return status;
	return show(&l, argv + optind, (size_t)(argc - optind), json);
}
