/* served: see served.h. */
#include "runner/cmd/served.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "hooks/production.h"

struct search {
	const char *word;
	size_t digits; /* of an id, as the word; 0: it is a branch's name */
	const char *first; /* a branch, to be passed over */
	char name[41]; /* the id that was found first */
	bool several, only_one; /* the newest will do */
	size_t n;
	int (*fn)(const struct run_entry *run, void *payload);
	void *payload;
};

static bool is_named(struct search *s, const char *id)
{
	if (strncmp(id, s->word, s->digits) != 0)
		return false;
	if (s->name[0] == '\0')
		memcpy(s->name, id, sizeof(s->name));
	s->several |= strcmp(s->name, id) != 0;
	return !s->several;
}

static int see_run(const struct run_entry *run, void *payload)
{
	struct search *s = payload;
	int rc;

	if (s->first != NULL && strcmp(run->branch, s->first) == 0)
		return 0;
	if (s->digits > 0 && !is_named(s, run->commit) && !is_named(s, run->id))
		return s->several;
	s->n++;
	if (s->only_one && s->n > 1)
		return 0;
	/* digits that are cut short may be those of several */
	rc = s->fn(run, s->payload);
	return rc ? rc : s->only_one && (s->digits == 0 || s->digits == 40);
}

/* Of all branches, those that are gone last. */
static int each_of_id(struct refs *r, struct search *s, const char *first,
    struct error *err)
{
	int rc = 0;

	if (first != NULL)
		rc = refs_runs_each(r, first, see_run, s, err);
	s->first = first;
	if (rc == 0)
		rc = refs_runs_each(r, NULL, see_run, s, err);
	s->first = NULL;
	return rc ? rc : refs_deleted_each(r, NULL, see_run, s, err);
}

static int each(struct refs *r, struct search *s, const char *first,
    struct error *err)
{
	const size_t n = strspn(s->word, "0123456789abcdef");
	int rc = refs_runs_each(r, s->word, see_run, s, err);

	if (rc || s->n > 0)
		return rc;
	if (n >= SERVED_SHORT && n <= 40 && s->word[n] == '\0') {
		s->digits = n;
		rc = each_of_id(r, s, first, err);
	}
	if (s->several) /* none is meant */
		return error_set(err, ERROR_USAGE,
		    "%s is the beginning of several ids; give more digits",
		    s->word);
	s->digits = 0;
	return rc || s->n > 0 ? rc
	                      : refs_deleted_each(r, s->word, see_run, s, err);
}

int served_each(struct refs *r, const char *word,
    int (*fn)(const struct run_entry *run, void *payload), void *payload,
    size_t *n, struct error *err)
{
	struct search s = { .word = word, .fn = fn, .payload = payload };
	int rc = each(r, &s, NULL, err);

	*n = s.n;
	return rc;
}

static int keep(const struct run_entry *run, void *payload)
{
	*(struct run_entry *)payload = *run;
	return 0;
}

int served_find(struct refs *r, const char *word, const char *first,
    struct run_entry *out, struct error *err)
{
	struct search s = { .word = word,
		.only_one = true,
		.fn = keep,
		.payload = out };
	int rc;

	*out = (struct run_entry){ 0 };
	rc = each(r, &s, first, err);
	if (rc < 0)
		return rc;
	if (s.n == 0)
		return error_set(err, ERROR_NOT_FOUND, "no run of %s is known",
		    word);
	return 0;
}

void served_branch(struct refs *r, const char *fallback, char out[256])
{
	struct run_entry run;

	snprintf(out, 256, "%s",
	    production_run(r, &run, NULL) == 0 ? run.branch : fallback);
}
