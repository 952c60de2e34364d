/* look: see look.h. */
#include "runner/cmd/look.h"

#include <string.h>

#include "cache/base/mem.h"

int look_open(const char *dir, const char *at,
    const struct pipeline_options *options, struct look *out, struct error *err)
{
	struct pipeline_options with_root = *options;
	int rc;

	if (dir == NULL)
		dir = ".";
	if (at == NULL && !context_in_git(dir))
		return (rc = source_open_dir(dir, &out->source, err))
		    ? rc
		    : pipeline_load(out->source, options, &out->pipeline, err);
	if ((rc = context_open(dir, &out->context, err)) ||
	    (rc = context_source(&out->context, at, &out->source, err)))
		return rc;
	with_root.root = out->context.root;
	return pipeline_load(out->source, &with_root, &out->pipeline, err);
}

void look_clear(struct look *l)
{
	pipeline_free(l->pipeline);
	source_close(l->source);
	context_clear(&l->context);
	*l = (struct look){ 0 };
}

int look_or_fail(const char *at, const struct pipeline_options *options,
    struct look *out)
{
	struct error err = { 0 };
	int rc = look_open(NULL, at, options, out, &err);

	if (out->pipeline != NULL && cmd_diagnostics(out->pipeline))
		return EXIT_PIPELINE;
	return rc ? cmd_fail(&err) : EXIT_FINE;
}

int set_options_add(struct set_options *s, const char *arg, struct error *err)
{
	const char *eq = strchr(arg, '=');
	struct parameter_value *grown;
	char *name;

	if (eq == NULL || eq == arg)
		return error_set(err, ERROR_USAGE,
		    "--set takes NAME=VALUE, not '%s'", arg);
	grown = mem_grow(s->values, s->n, &s->cap, sizeof(*s->values));
	name = mem_strndup(arg, (size_t)(eq - arg));
	if (grown != NULL)
		s->values = grown;
	if (grown == NULL || name == NULL) {
		mem_free(name);
		return error_memory(err);
	}
	s->values[s->n++] = (struct parameter_value){ name, eq + 1 };
	return 0;
}

bool set_options_parse(struct set_options *s, const char *arg)
{
	struct error err = { 0 };

	if (set_options_add(s, arg, &err))
		cmd_fail(&err);
	return err.code == 0;
}

void set_options_clear(struct set_options *s)
{
	size_t i;
	char *name;

	for (i = 0; i < s->n; i++) {
		/* The field is const for those who read it; it is ours. */
		memcpy(&name, &s->values[i].name, sizeof(name));
		mem_free(name);
	}
	mem_free(s->values);
	*s = (struct set_options){ 0 };
}
