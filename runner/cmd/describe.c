/* describe: see describe.h. */
#include "runner/cmd/describe.h"

#include <string.h>

#include "cache/base/mem.h"

void described_clear(struct described *d)
{
	arena_clear(&d->arena);
	pipeline_free(d->pipeline);
	source_close(d->source);
	*d = (struct described){ 0 };
}

const struct descriptions *described_of(const struct described *d)
{
	return d->all.n > 0 ? &d->all : NULL;
}

/* The length of a path without an ending: "Patient.sql" is 7. */
static size_t stem_length(const char *path)
{
	const char *name = strrchr(path, '/'), *dot;

	dot = strrchr(name ? name : path, '.');
	return dot ? (size_t)(dot - path) : strlen(path);
}

/* Whether a file is the node's own: neither mounted nor included. A node's
 * path begins at the pipeline's root, a file's at the source's. */
static bool is_own(const struct described *d, const struct node *n,
    const char *file)
{
	size_t root = strlen(d->root), length = strcspn(n->path, "^");

	if (root > 0)
		file += strncmp(file, d->root, root) == 0 && file[root] == '/'
		    ? root + 1
		    : 0;
	return stem_length(file) == length &&
	    strncmp(file, n->path, length) == 0;
}

static int add_texts(struct described *d, const struct node *n,
    struct description *out)
{
	struct described_text *texts =
	    arena_array(&d->arena, n->n_files + 1, sizeof(*texts));
	size_t i;

	if (texts == NULL)
		return ERROR_MEMORY;
	for (i = 0; i < n->n_files; i++)
		texts[i] = (struct described_text){
			.at = { n->files[i].path, 1 },
			.text = n->files[i].header,
			.is_inherited = !is_own(d, n, n->files[i].path),
		};
	out->texts = texts;
	out->n_texts = n->n_files;
	if (n->kind != NODE_CODE)
		return 0;
	texts[out->n_texts++] = (struct described_text){
		.at = { n->file, n->body_line },
		.text = n->body,
		.is_code = true,
		.is_inherited = !is_own(d, n, n->file),
	};
	return 0;
}

static int add_places(struct described *d, const struct node *n,
    struct description *out)
{
	struct described_place *places =
	    arena_array(&d->arena, n->n_include, sizeof(*places));
	size_t i;

	if (places == NULL)
		return ERROR_MEMORY;
	for (i = 0; i < n->n_include; i++)
		places[i] = (struct described_place){ n->include[i].path,
			n->include[i].line };
	out->brought_by = places;
	out->n_brought_by = n->n_include;
	return 0;
}

static int add_parameters(struct described *d, const struct node *n,
    struct description *out)
{
	struct described_parameter *values =
	    arena_array(&d->arena, n->n_parameters, sizeof(*values));
	size_t i;

	if (values == NULL)
		return ERROR_MEMORY;
	for (i = 0; i < n->n_parameters; i++)
		values[i] = (struct described_parameter){
			n->parameters[i].name, n->parameters[i].value,
			{ n->parameters[i].at.path, n->parameters[i].at.line }
		};
	out->parameters = values;
	out->n_parameters = n->n_parameters;
	return 0;
}

/* Declared by name: @column, and @key. */
static int add_columns(struct described *d, const struct node *n,
    struct description *out)
{
	const struct contract *c = &n->contract;
	struct described_column *columns =
	    arena_array(&d->arena, c->n_columns + c->n_key, sizeof(*columns));
	size_t i;

	if (columns == NULL)
		return ERROR_MEMORY;
	for (i = 0; i < c->n_columns; i++)
		columns[i] = (struct described_column){ c->columns[i].name,
			c->columns[i].unit, c->columns[i].doc };
	for (i = 0; i < c->n_key; i++)
		columns[c->n_columns + i].name = c->key[i];
	out->columns = columns;
	out->n_columns = c->n_columns + c->n_key;
	return 0;
}

static int add_inputs(struct described *d, const struct node *n,
    struct description *out)
{
	struct described_input *inputs;
	size_t i, k, n_all = 0;

	for (i = 0; i < n->n_inputs; i++)
		n_all += n->inputs[i].n_nodes;
	inputs = arena_array(&d->arena, n_all, sizeof(*inputs));
	if (inputs == NULL)
		return ERROR_MEMORY;
	for (i = 0; i < n->n_inputs; i++)
		for (k = 0; k < n->inputs[i].n_nodes; k++)
			inputs[out->n_inputs++] = (struct described_input){
				n->inputs[i].name,
				d->pipeline->nodes[n->inputs[i].nodes[k]].path
			};
	out->inputs = inputs;
	return 0;
}

static int add_tests(struct described *d, const struct node *n,
    struct description *out)
{
	const char **tests = arena_array(&d->arena, n->n_tests, sizeof(*tests));
	size_t i;

	if (tests == NULL)
		return ERROR_MEMORY;
	for (i = 0; i < n->n_tests; i++)
		tests[i] = n->tests[i].text;
	out->tests = tests;
	out->n_tests = n->n_tests;
	return 0;
}

static int describe(struct described *d, const struct node *n,
    struct description *out)
{
	*out = (struct description){ .path = n->path,
		.doc = n->doc,
		.owner = n->owner,
		.hides = n->hides };
	if (n->kind != NODE_TABLE && n->action < d->pipeline->n_actions)
		out->action = d->pipeline->actions[n->action].path;
	return add_texts(d, n, out) || add_places(d, n, out) ||
	        add_parameters(d, n, out) || add_columns(d, n, out) ||
	        add_inputs(d, n, out) || add_tests(d, n, out)
	    ? ERROR_MEMORY
	    : 0;
}

/* Those whose file is the one that was run. */
static int describe_nodes(struct described *d, const struct manifest *m,
    struct error *err)
{
	struct description *items =
	    arena_array(&d->arena, d->pipeline->n, sizeof(*items));
	size_t i;

	if (items == NULL)
		return error_memory(err);
	for (i = 0; i < d->pipeline->n; i++) {
		const struct node *n = &d->pipeline->nodes[i];
		const struct manifest_node *was = manifest_find(m, n->path);

		if (was == NULL || was->file_blob == NULL ||
		    strcmp(was->file_blob, n->file_blob) != 0)
			continue;
		if (describe(d, n, &items[d->all.n]))
			return error_memory(err);
		d->all.n++;
	}
	d->all.items = items;
	return 0;
}

/* With the parameters and the date of the run. */
static int load(const struct context *c, const struct manifest *m,
    struct described *d, struct error *err)
{
	struct parameter_value *set =
	    arena_array(&d->arena, m->n_parameters, sizeof(*set));
	struct pipeline_options options = { .root = c->root,
		.set = set,
		.n_set = m->n_parameters,
		.snapshot_date = m->snapshot_date[0] ? m->snapshot_date : NULL,
		.keep_headers = true };
	size_t i;

	if (set == NULL)
		return error_memory(err);
	for (i = 0; i < m->n_parameters; i++)
		set[i] = (struct parameter_value){ m->parameters[i].name,
			m->parameters[i].value };
	return pipeline_load(d->source, &options, &d->pipeline, err);
}

int describe_run(const struct context *c, const char *commit,
    const struct manifest *m, struct described *out, struct error *err)
{
	struct error why = { 0 };
	int rc;

	*out = (struct described){ .root = c->root };
	rc = commit[0] != '\0'
	    ? source_open_commit(c->git_dir, commit, &out->source, &why)
	    : context_source(c, NULL, &out->source, &why);
	if (rc == 0)
		rc = load(c, m, out, &why);
	if (rc == 0)
		rc = describe_nodes(out, m, &why);
	if (rc == 0)
		return 0;
	described_clear(out);
	return rc == ERROR_MEMORY ? error_memory(err) : 0;
}
