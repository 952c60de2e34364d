#ifndef SLUICE_REPORTS_FORGE_COMMENT_H
#define SLUICE_REPORTS_FORGE_COMMENT_H
/*
 * forge_comment -- comments on pull requests as forges have them: addresses,
 * bodies and what stands in their answers. Pure; comment_http.h asks.
 *
 * Use        forge_pulls_url(t, base, commit, page, &url, err); of the answer
 *            forge_pulls_read(); of each forge_comments_url(), then
 *            forge_comment_find(); forge_comment_url() and
 *            forge_comment_body().
 * Shape      A pull request is its number (GitLab: iid), a comment its id, an
 *            account its id. Ours is a comment of our own account whose first
 *            line is our marker: whoever else writes that line has a comment
 *            of his own.
 * Errors     ERROR_MEMORY; ERROR_USAGE where base is no repository's address.
 * Threads    Any.
 */
#include "reports/forge.h"

/* A page of the open pull requests that may have the commit. */
int forge_pulls_url(const struct forge_type *t, const char *base,
    const char *commit, int page, struct buf *out, struct error *err);

/* Those of a page that are open with the commit as their head: at most `most`
 * numbers. Returns how many, or -1 where the answer is no such list. */
int forge_pulls_read(const struct forge_type *t, const json_t *list,
    const char *commit, int64_t *numbers, int most);

/* A page of a pull request's comments. */
int forge_comments_url(const struct forge_type *t, const char *base,
    int64_t number, int page, struct buf *out, struct error *err);

/* The first one of a page that is ours: 1, 0 for none, -1 where the answer is
 * no such list. marker has no line feed. body is borrowed from the list. */
struct forge_comment {
	int64_t id;
	const char *body;
};
int forge_comment_find(const struct forge_type *t, const json_t *list,
    struct bytes marker, int64_t account, struct forge_comment *out);

/* Where a comment is edited; id 0: where one is made. */
int forge_comment_url(const struct forge_type *t, const char *base,
    int64_t number, int64_t id, struct buf *out, struct error *err);

/* What is sent there, JSON. */
int forge_comment_body(struct bytes text, struct buf *out, struct error *err);

/* Whether a comment that is there says what text does: forges may end lines in
 * another way, and leave blanks at the end out. */
bool forge_comment_is_same(const char *there, struct bytes text);

/* Where it is asked whose the token is; and the answer's id, 0: none. */
int forge_account_url(const struct forge_type *t, const char *base,
    struct buf *out, struct error *err);
int64_t forge_account_read(const json_t *answer);

#endif
