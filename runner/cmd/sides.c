/* sides: see sides.h. */
#include "runner/cmd/sides.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/cmd/fetch.h"
#include "runner/cmd/nodepath.h"
#include "runner/cmd/outcome.h"
#include "runner/cmd/range.h"

int sides_open(struct sides *s, struct error *err)
{
	int rc = context_open(NULL, &s->context, err);

	return rc ? rc : context_store(&s->context, &s->store, err);
}

void sides_clear(struct sides *s)
{
	run_record_clear(&s->record);
	manifest_clear(&s->before);
	manifest_clear(&s->after);
	store_close(s->store);
	context_clear(&s->context);
	*s = (struct sides){ 0 };
}

/* What of before is not to be found is no error: 0 with has_before unset. */
static int take_before(struct sides *s, int rc, const struct error *why,
    struct error *err)
{
	s->has_before = rc == 0;
	if (rc == 0 || rc == ERROR_NOT_FOUND || rc == ERROR_USAGE)
		return 0;
	return error_set(err, why->code, "%s", why->msg);
}

/* The newest run of a revision as before, where it is another outcome. */
static int load_before(struct sides *s, const char *rev, struct error *err)
{
	struct error why = { 0 };
	int rc = outcome_load(&s->context, s->store, rev, &s->before, &why);

	rc = take_before(s, rc, &why, err);
	if (rc == 0 && s->has_before &&
	    digest_eq(&s->before.id, &s->after.id)) {
		manifest_clear(&s->before);
		s->has_before = false;
	}
	return rc;
}

/* The manifest that the record names: of the server the base's, at a desk
 * that of the run before. */
static int load_recorded(struct sides *s, struct error *err)
{
	struct error why = { 0 };
	int rc;

	if (!s->has_record || digest_is_null(&s->record.base_manifest) ||
	    digest_eq(&s->record.base_manifest, &s->after.id))
		return 0;
	rc =
	    manifest_load(s->store, &s->record.base_manifest, &s->before, &why);
	return take_before(s, rc, &why, err);
}

/* Files that are HEAD's, and a commit, are compared with the commit before. */
static int find_before(struct sides *s, const char *rev, struct error *err)
{
	char parent[GIT_ID_HEX + 8];
	int rc = 0;

	if (s->has_record && s->record.base[0] != '\0') {
		rc = load_recorded(s, err);
		return rc || s->has_before
		    ? rc
		    : load_before(s, s->record.base, err);
	}
	if (rev == NULL)
		rc = load_before(s, "HEAD", err);
	if (rc || s->has_before)
		return rc;
	snprintf(parent, sizeof(parent), "%s~1", rev ? rev : "HEAD");
	rc = load_before(s, parent, err);
	return rc || s->has_before ? rc : load_recorded(s, err);
}

int sides_of_run(struct sides *s, const char *rev, struct error *err)
{
	bool is_served = rev != NULL && strcmp(rev, "production") == 0;
	int rc = 0;

	if (rev != NULL) {
		fetch_runs(&s->context);
		rc = range_commit(&s->context, rev, s->commit, err);
	}
	if (rc)
		return rc;
	if (rev != NULL && !is_served)
		rev = s->commit;
	if ((rc = outcome_load(&s->context, s->store, rev, &s->after, err)))
		return rc;
	if (rev == NULL)
		outcome_tell_behind(&s->context, &s->after);
	s->has_record = outcome_load_record(&s->context, s->store, rev,
	                    &s->record, NULL) == 0;
	return is_served ? 0 : find_before(s, rev, err);
}

int sides_of_range(struct sides *s, const char *arg, struct error *err)
{
	struct range r = { 0 };
	const char *head;
	int rc = range_find(&s->context, arg, &r, err);

	if (rc)
		return rc;
	if (r.base[0] == '\0')
		return error_set(err, ERROR_USAGE,
		    "there is no commit to compare with yet");
	head = r.head[0] ? r.head : NULL;
	if ((rc = outcome_load(&s->context, s->store, r.base, &s->before,
	         err)) ||
	    (rc = outcome_load(&s->context, s->store, head, &s->after, err)))
		return rc;
	if (head == NULL)
		outcome_tell_behind(&s->context, &s->after);
	s->has_before = true;
	s->has_record = outcome_load_record(&s->context, s->store, head,
	                    &s->record, NULL) == 0;
	return 0;
}

bool sides_wants(const struct sides *s, const char *path,
    const char *const *args, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		CLEANUP(buf_clear) struct buf b = { 0 };

		nodepath_add(&b, s->context.prefix);
		nodepath_add(&b, args[i]);
		if (nodepath_is_in(path, buf_bytes(&b).p))
			return true;
	}
	return n == 0;
}
