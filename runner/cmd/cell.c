/* cell: see cell.h. */
#include "runner/cmd/cell.h"

#include <string.h>

#include "cache/base/mem.h"

enum {
	MANIFESTS = 10 /* of one tree that are read, newest first */
};

bool cell_is_wanted(const struct manifest *base, const struct manifest *after)
{
	return base->n > 0 && base->tree[0] != '\0' && base->n_targets == 0 &&
	    after->n_targets == 0 && base->n_parameters == 0 &&
	    after->n_parameters == 0 && strcmp(base->tree, after->tree) != 0 &&
	    !digest_eq(&base->snapshot, &after->snapshot);
}

struct wanted {
	struct refs *refs;
	const struct manifest *base, *after;
	struct manifest *out;
	size_t left;
	struct error *err;
};

static int see(const struct run_entry *run, void *payload)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct wanted *w = payload;
	int rc;

	if (strcmp(run->tree, w->base->tree) != 0 || run->manifest[0] == '\0')
		return 0;
	if (w->left-- == 0)
		return ERROR_NOT_FOUND;
	if ((rc = refs_read(w->refs, run->id, "manifest.json", &text,
	         w->err)) ||
	    (rc = manifest_parse(buf_bytes(&text), w->out, w->err)))
		return rc;
	if (digest_eq(&w->out->snapshot, &w->after->snapshot) &&
	    w->out->n_parameters == 0 && w->out->n_targets == 0 &&
	    digest_parse(run->manifest, &w->out->id, NULL) == 0)
		return 1;
	manifest_clear(w->out);
	return 0;
}

int cell_find(struct refs *refs, const struct manifest *base,
    const struct manifest *after, struct manifest *out, struct error *err)
{
	struct wanted w = { refs, base, after, out, MANIFESTS, err };
	int rc = refs_runs_each(refs, NULL, see, &w, err);

	if (rc == 1)
		return 0;
	if (rc < 0 && rc != ERROR_NOT_FOUND)
		return rc;
	return error_set(err, ERROR_NOT_FOUND,
	    "no run of that tree had these sources");
}
