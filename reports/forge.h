#ifndef SLUICE_REPORTS_FORGE_H
#define SLUICE_REPORTS_FORGE_H
/*
 * forge -- in what GitHub, GitLab, and Gitea with Forgejo differ: a row of one
 * table each. Data and pure functions; status_http.h sends.
 *
 * Use        t = forge_type_find(word, err); forge_url(t, base, &s, &url, err);
 *            forge_body(t, &s, &body, err); then, with what came back,
 *            forge_judge(t, &s, &reply, &verdict).
 * Shape      A row names paths, headers, fields and state words, and what the
 *            forge's answers mean: the first rule that fits decides, those of
 *            the row before those that all forges share. A new forge is a row.
 * Errors     ERROR_USAGE (unknown word; with the nearest), ERROR_MEMORY.
 * Threads    Any.
 */
#include "cache/base/json.h"
#include "reports/outbox.h"

enum forge_outcome {
	FORGE_TAKEN, /* it shows it now, or shows it already */
	FORGE_LATER, /* away, busy, overloaded, a limit, a bad token */
	FORGE_ABSENT, /* no such commit or repository for us: not yet, or never
	               */
	FORGE_UNOPENED, /* no pull request is open for the commit yet */
	FORGE_REFUSED, /* it will never take this */
};

struct forge_rule {
	int from, to; /* answers, inclusive */
	const char *says; /* a part of its words, or NULL: any */
	bool has_wait; /* only where it names a time */
	bool is_all; /* not about this status alone: all must wait */
	enum forge_outcome outcome;
};

enum {
	FORGE_RULES = 5
};

/* Where comments on pull requests are (forge_comment.h). In a path %d is the
 * pull request's number. */
struct forge_comments {
	const char *root; /* what stands behind the interface's own address */
	const char *pulls; /* the open ones, perhaps of %s, the commit */
	const char *open, *number; /* the word; the field */
	bool is_head_inside; /* head.sha, not sha, is the commit */
	const char *list, *create; /* comments of one, and where one is made */
	const char *edit,
	    *method; /* the number of a comment comes behind edit */
	const char *author;
	bool is_paged; /* list is */
	size_t full; /* entries of a page behind which there may be another */
};

struct forge_type {
	const char *name; /* git config sluice.forge.type */
	const char *example; /* of sluice.forge.url */
	const char *accept, *auth; /* header lines; auth: up to the token */
	const char *post, *list; /* below the url; %s is the commit */
	const char *states[STATUS_STATES];
	const char *context; /* the field that holds it */
	const char *shown; /* the field of a list that holds the state */
	bool has_ref; /* a status belongs to a branch, too */
	bool is_machine; /* "pending" is entered once */
	struct outbox_pace paces[OUTBOX_PACES]; /* what it allows, and less */
	const char *remaining, *reset; /* headers that tell of a limit */
	struct forge_rule rules[FORGE_RULES]; /* up to from == 0 */
	struct forge_comments comments;
};

/* The type of this name; NULL: the default, github. */
int forge_type_find(const char *name, const struct forge_type **out,
    struct error *err);

/* Where a status is posted below the address base, and where those of its
 * commit are read. */
int forge_url(const struct forge_type *t, const char *base,
    const struct status *s, struct buf *out, struct error *err);
int forge_list_url(const struct forge_type *t, const char *base,
    const struct status *s, struct buf *out, struct error *err);

/* The body of the request, JSON. */
int forge_body(const struct forge_type *t, const struct status *s,
    struct buf *out, struct error *err);

/* What a forge answered. */
struct forge_reply {
	long http;
	int64_t wait; /* ms it asked for, or -1 */
	const char *said; /* its words, or "" */
	bool shows; /* its body is the status as the forge shows it */
};

/* What that means for s. */
struct forge_verdict {
	enum forge_outcome outcome;
	bool is_all;
};
struct forge_verdict forge_judge(const struct forge_type *t,
    const struct status *s, const struct forge_reply *reply);

/* The same of what is no status: 200 and 201 are taken. */
struct forge_verdict forge_judge_plain(const struct forge_type *t,
    const struct forge_reply *reply);

/* Whether a list of statuses, as forge_list_url() has it, or a single one shows
 * s as the newest of its context (and branch); where "pending" is entered
 * once, any pending one is it. */
bool forge_shows(const struct forge_type *t, const json_t *list,
    const struct status *s);

/* Whether a forge that was told one shows the same when it is told the other:
 * it may have one word for two states, or enter "pending" once. */
bool forge_is_same(const struct forge_type *t, const struct status *told,
    const struct status *s);

/* Adds the forge's words in an answer's body: a text, or a JSON value; then
 * what stands in "errors". */
void forge_words(const json_t *answer, struct buf *out);

#endif
