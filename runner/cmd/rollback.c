/* rollback: see rollback.h. */
#include "runner/cmd/rollback.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/table.h"
#include "runner/cmd/range.h"
#include "runner/cmd/served.h"

/* --- what is meant --- */

static int read_tables(struct refs *refs, const char *id, struct manifest *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc = refs_read(refs, id, "manifest.json", &text, err);

	return rc ? rc : manifest_parse(buf_bytes(&text), out, err);
}

/* How many nodes have another table, or none, on one of the sides. */
static size_t count_changed(const struct manifest *a, const struct manifest *b)
{
	static const struct digest none;
	size_t i, n = 0;

	for (i = 0; i < a->n; i++) {
		const struct manifest_node *other =
		    manifest_find(b, a->nodes[i].path);

		n += !digest_eq(&a->nodes[i].table,
		    other ? &other->table : &none);
	}
	for (i = 0; i < b->n; i++)
		n += !digest_is_null(&b->nodes[i].table) &&
		    manifest_find(a, b->nodes[i].path) == NULL;
	return n;
}

/* The newest promotion before `from` with other tables; to->id stays "" where
 * there is none. What a rollback led away from is not come back to: the way
 * goes on from where it led. */
static int find_before(struct refs *refs, const struct production *from,
    struct production *to, struct error *err)
{
	CLEANUP(manifest_clear) struct manifest now = { 0 };
	struct production at = *from;
	int rc = read_tables(refs, from->id, &now, err);

	while (rc == 0) {
		CLEANUP(manifest_clear) struct manifest then = { 0 };
		char id[41];

		if (at.is_rollback)
			memcpy(id, at.promotion, sizeof(id));
		else
			memcpy(id, at.before, sizeof(id));
		if (id[0] == '\0')
			return 0;
		if ((rc = production_get(refs, id, &at, err)) || at.is_rollback)
			continue;
		rc = read_tables(refs, at.id, &then, err);
		if (rc == 0 && count_changed(&now, &then) > 0) {
			*to = at;
			return 0;
		}
	}
	return rc;
}

struct search {
	struct refs *refs;
	const char *word;
	size_t digits;
	struct production *to;
	char newest[41]; /* the newest promotion */
	char commit[41]; /* of what was found */
	bool several;
};

static bool is_named(const struct search *s, const struct production *p,
    const struct run_entry *run)
{
	return strncmp(s->word, p->id, s->digits) == 0 ||
	    strncmp(s->word, run->id, s->digits) == 0 ||
	    strncmp(s->word, run->commit, s->digits) == 0;
}

static int see(const struct production *p, void *payload)
{
	struct search *s = payload;
	struct run_entry run;

	if (p->is_rollback)
		return 0;
	if (s->newest[0] == '\0')
		memcpy(s->newest, p->id, sizeof(s->newest));
	if (s->digits == 0 || refs_run_get(s->refs, p->run, &run, NULL) ||
	    !is_named(s, p, &run))
		return 0;
	if (s->to->id[0] == '\0') {
		*s->to = *p;
		memcpy(s->commit, run.commit, sizeof(s->commit));
	}
	/* runs of one commit are not several: the newest is meant */
	s->several |= strcmp(s->commit, run.commit) != 0;
	return 0;
}

/* By the digits of an id; to->id stays "" where none was served. */
static int find_digits(struct search *s, const char *word, struct error *err)
{
	size_t n = word ? strspn(word, "0123456789abcdef") : 0;
	int rc;

	s->word = word;
	s->digits = n >= SERVED_SHORT && n <= 40 && word[n] == '\0' ? n : 0;
	rc = production_each(s->refs, see, s, err);
	if (rc == 0 && s->several)
		return error_set(err, ERROR_USAGE,
		    "%s is the beginning of several ids; give more digits",
		    word);
	return rc;
}

/* What it is, of which nothing was served. */
static int refuse(struct refs *refs, const char *word,
    const struct run_entry *left, struct error *err)
{
	struct run_entry run;
	int rc = served_find(refs, word, left->branch, &run, err);

	if (rc == ERROR_NOT_FOUND) {
		*err = (struct error){ 0 };
		return error_set(err, ERROR_USAGE,
		    "no run of %s is known, and none was served; `sluice log "
		    "production` lists what was",
		    word);
	}
	if (rc)
		return rc;
	if (strcmp(run.branch, left->branch) != 0)
		return error_set(err, ERROR_USAGE,
		    "run %.12s is of %s, and only what %s has served can be "
		    "served again: `sluice log production` lists it",
		    run.id, run.branch, left->branch);
	return error_set(err, ERROR_USAGE,
	    "run %.12s of %.12s was never served: %s; `sluice log production` "
	    "lists what was",
	    run.id, run.commit,
	    run.manifest[0] == '\0' ? "it has no tables"
	        : strcmp(run.outcome, "success") == 0
	        ? "another was there by then"
	        : "it failed");
}

/* By what git calls it: main~2, a tag. */
static int find_word(const struct context *c, struct search *s,
    const char *word, const struct run_entry *left, struct error *err)
{
	char commit[GIT_ID_HEX + 1];
	int rc = find_digits(s, word, err);

	if (rc || s->to->id[0] != '\0')
		return rc;
	if (range_commit(c, word, commit, NULL) == 0 &&
	    (rc = find_digits(s, commit, err)))
		return rc;
	return s->to->id[0] != '\0' ? 0 : refuse(s->refs, word, left, err);
}

static int is_served(const struct rollback_way *way, struct error *err)
{
	return error_set(err, ERROR_USAGE,
	    "run %.12s of %.12s is what is served now", way->left.id,
	    way->left.commit);
}

int rollback_find(const struct context *c, struct refs *refs, const char *word,
    struct rollback_way *out, struct error *err)
{
	struct search s = { .refs = refs, .to = &out->to };
	int rc;

	*out = (struct rollback_way){ 0 };
	if ((rc = production_now(refs, &out->from, err)) ||
	    (rc = refs_run_get(refs, out->from.run, &out->left, err)))
		return rc;
	if (word != NULL && strcmp(word, "production") == 0)
		return is_served(out, err);
	rc = word ? find_word(c, &s, word, &out->left, err)
	          : find_digits(&s, NULL, err);
	if (rc == 0 && word == NULL)
		rc = find_before(refs, &out->from, &out->to, err);
	if (rc)
		return rc;
	if (out->to.id[0] == '\0')
		return error_set(err, ERROR_USAGE,
		    "there is nothing to go back to: no other tables were "
		    "served before");
	if (strcmp(out->to.id, production_source(&out->from)) == 0)
		return is_served(out, err);
	out->is_newest = strcmp(out->to.id, s.newest) == 0;
	return refs_run_get(refs, out->to.run, &out->run, err);
}

/* --- doing it --- */

int rollback_check_reason(const char *reason, struct error *err)
{
	const struct production *p = NULL;
	struct bytes text = bytes_of(reason ? reason : "");
	size_t i;

	if (reason == NULL || reason[strspn(reason, " ")] == '\0')
		return error_set(err, ERROR_USAGE,
		    "a rollback wants a reason: --reason TEXT; it stands in "
		    "the history of production");
	if (text_utf8_error(text) != text.n)
		return error_set(err, ERROR_USAGE, "the reason is not UTF-8");
	if (text.n >= sizeof(p->reason))
		return error_set(err, ERROR_USAGE,
		    "the reason has more than %zu bytes",
		    sizeof(p->reason) - 1);
	for (i = 0; i < text.n; i++)
		if ((unsigned char)reason[i] < ' ' || reason[i] == 0x7f)
			return error_set(err, ERROR_USAGE,
			    "the reason is one line, without control "
			    "characters");
	return 0;
}

/* All of its tables are there (their bytes are not read: `sluice verify`
 * does). */
static int check_tables(struct store *st, const struct manifest *m,
    const struct run_entry *run, struct error *err)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		CLEANUP(table_clear) struct table t = { 0 };
		struct error why = { 0 };
		int rc = 0;

		if (!digest_is_null(&m->nodes[i].table))
			rc = table_load_whole(st, &m->nodes[i].table, &t, &why);
		if (rc == ERROR_NOT_FOUND || rc == ERROR_CORRUPT)
			return error_set(err, ERROR_NOT_FOUND,
			    "run %.12s cannot be served again: the table of %s "
			    "is not in the store any more; production is as it "
			    "was",
			    run->id, m->nodes[i].path);
		if (rc)
			return error_set(err, rc, "%s", why.msg);
	}
	return 0;
}

/* What is not promoted from now on. */
static void set_held(const struct rollback_way *way, struct production *next)
{
	const struct production *from = &way->from;

	if (way->is_newest)
		return;
	memcpy(next->held, from->held[0] ? from->held : way->left.commit,
	    sizeof(next->held));
}

static int tell(const struct rollback_way *way, const struct production *next,
    size_t n_changed, struct buf *words, struct error *err)
{
	buf_printf(words,
	    "production serves run %.12s of %.12s again: %zu table%s other "
	    "than before; ",
	    way->run.id, way->run.commit, n_changed,
	    n_changed == 1 ? " is" : "s are");
	if (next->held[0] != '\0')
		buf_printf(words,
		    "runs of %.12s are not served, until %s has a new commit",
		    next->held, way->run.branch);
	else
		buf_printf(words, "the next run of %s is served as usual",
		    way->run.branch);
	return buf_check(words, err);
}

int rollback_perform(const struct rollback *r, const struct rollback_way *way,
    struct buf *words, struct error *err)
{
	CLEANUP(manifest_clear) struct manifest now = { 0 }, then = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct production next = { .is_rollback = true };
	struct error why = { 0 };
	int rc;

	if ((rc = rollback_check_reason(r->reason, err)) ||
	    (rc = read_tables(r->refs, way->from.id, &now, err)) ||
	    (rc = refs_read(r->refs, way->to.id, "manifest.json", &text,
	         err)) ||
	    (rc = manifest_parse(buf_bytes(&text), &then, err)) ||
	    (rc = check_tables(r->store, &then, &way->run, err)))
		return rc;
	memcpy(next.before, way->from.id, sizeof(next.before));
	memcpy(next.run, way->to.run, sizeof(next.run));
	memcpy(next.promotion, way->to.id, sizeof(next.promotion));
	snprintf(next.user, sizeof(next.user), "%s", r->user);
	text_trim_cut(next.user);
	snprintf(next.reason, sizeof(next.reason), "%s", r->reason);
	set_held(way, &next);
	rc = production_add(r->refs, &next, way->run.commit, buf_bytes(&text),
	    &why);
	if (rc == ERROR_BUSY)
		return error_set(err, rc,
		    "production was moved meanwhile, and is left as it is now; "
		    "`sluice log production` says by what");
	if (rc)
		return error_set(err, rc, "%s", why.msg);
	return tell(way, &next, count_changed(&now, &then), words, err);
}
