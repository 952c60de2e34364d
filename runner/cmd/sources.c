/* sources: see sources.h. */
#include "runner/cmd/sources.h"

#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/snapshot_take.h"
#include "runner/cmd/snapshots.h"

struct search {
	struct store *st;
	const char *prefix;
	struct snapshot *out;
	bool found;
};

static int try_blob(const struct digest *id, uint64_t bytes, void *payload)
{
	struct search *s = payload;
	char hex[DIGEST_HEX + 1];

	(void)bytes;
	digest_print(id, hex);
	if (strncmp(hex, s->prefix, strlen(s->prefix)) != 0 ||
	    snapshot_load(s->st, id, s->out, NULL))
		return 0;
	s->found = true;
	return 1;
}

static int find_snapshot(struct store *st, const char *rev,
    struct snapshot *out, struct error *err)
{
	struct search s = { .st = st, .prefix = rev, .out = out };
	int rc = strlen(rev) < 8 ? 0 : store_each(st, try_blob, &s, err);

	if (rc < 0)
		return rc;
	if (!s.found)
		return error_set(err, ERROR_USAGE,
		    "there is no snapshot '%s' in this store; `sluice snapshot` "
		    "lists them",
		    rev);
	return 0;
}

static int take_snapshot(const struct context *c, struct store *st,
    const struct patterns *asked, struct snapshot *out, struct error *err)
{
	CLEANUP(mem_freep)
	struct snapshot_pattern *patterns =
	    mem_array(asked->n, sizeof(*patterns));
	char date[CLOCK_TEXT];
	const struct snapshot_request request = { .landing = c->landing,
		.patterns = patterns,
		.n_patterns = asked->n,
		.date = date,
		.now = clock_now() };
	struct error why = { 0 };
	size_t i;
	int rc;

	if (c->landing == NULL)
		return error_set(err, ERROR_USAGE,
		    "the pipeline reads files of a landing directory, and none "
		    "is set: git config sluice.landing DIR");
	if (patterns == NULL)
		return error_memory(err);
	for (i = 0; i < asked->n; i++)
		patterns[i].text = asked->items[i];
	clock_print_date(request.now, date);
	rc = snapshot_take(st, &request, out, &why);
	if (rc == ERROR_BUSY)
		return error_set(err, rc,
		    "nothing was run: %s; try again when that is delivered",
		    why.msg);
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

static int find_or_take(const struct context *c, struct store *st,
    const struct pipeline *p, const char *rev, struct snapshot *out,
    struct error *err)
{
	CLEANUP(patterns_clear) struct patterns asked = { 0 };
	int rc;

	if (rev != NULL)
		return find_snapshot(st, rev, out, err);
	if ((rc = patterns_add_pipeline(&asked, p, err)))
		return rc;
	if (asked.n == 0)
		return snapshot_make_empty(st, source_date(p->source), out,
		    err);
	return take_snapshot(c, st, &asked, out, err);
}

int sources_date(struct source *src, const struct snapshot *snapshot,
    struct pipeline_options *options, struct pipeline **p, struct error *err)
{
	if (!(*p)->uses_date || strcmp(snapshot->date, source_date(src)) == 0)
		return 0;
	pipeline_free(*p);
	*p = NULL;
	options->snapshot_date = snapshot->date;
	return pipeline_load(src, options, p, err);
}

int sources_pipeline(const struct context *c, struct store *st,
    struct source *src, const struct sources_wanted *wanted,
    struct pipeline **p, struct snapshot *snapshot, struct error *err)
{
	struct pipeline_options options = { .set = wanted->set->values,
		.n_set = wanted->set->n };
	int rc;

	if ((rc = context_pipeline(c, src, &options, p, err)) ||
	    (rc = find_or_take(c, st, *p, wanted->snapshot, snapshot, err)))
		return rc;
	options.root = c->root;
	return sources_date(src, snapshot, &options, p, err);
}
