/* sources: see sources.h. */
#include "runner/cmd/sources.h"

#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"

/* All @path patterns of a pipeline; the array is the caller's. */
static int patterns_of(const struct pipeline *p, const char ***out, size_t *n,
    struct error *err)
{
	size_t i, j, cap = 0;

	*out = NULL;
	*n = 0;
	for (i = 0; i < p->n; i++)
		for (j = 0; j < p->nodes[i].n_paths; j++) {
			const char **more =
			    mem_grow(*out, *n, &cap, sizeof(*more));

			if (more == NULL)
				return error_memory(err);
			*out = more;
			more[(*n)++] = p->nodes[i].paths[j];
		}
	return 0;
}

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
    const char *const *patterns, size_t n, struct snapshot *out,
    struct error *err)
{
	char date[CLOCK_TEXT];
	struct snapshot_request request = { .landing = c->landing,
		.patterns = patterns,
		.n_patterns = n,
		.date = date,
		.now = clock_now() };

	if (c->landing == NULL)
		return error_set(err, ERROR_USAGE,
		    "the pipeline reads files of a landing directory, and none "
		    "is set: git config sluice.landing DIR");
	clock_print_date(request.now, date);
	return snapshot_take(st, &request, out, err);
}

int sources_snapshot(const struct context *c, struct store *st,
    const struct pipeline *p, const char *rev, struct snapshot *out,
    struct error *err)
{
	const char **patterns;
	size_t n;
	int rc;

	if (rev != NULL)
		return find_snapshot(st, rev, out, err);
	rc = patterns_of(p, &patterns, &n, err);
	if (rc == 0 && n == 0)
		rc = snapshot_make_empty(st, source_date(p->source), out, err);
	else if (rc == 0)
		rc = take_snapshot(c, st, patterns, n, out, err);
	mem_free(patterns);
	return rc;
}
