#ifndef SLUICE_REPORTS_OUTBOX_COMMENT_H
#define SLUICE_REPORTS_OUTBOX_COMMENT_H
/*
 * outbox_comment -- comments on pull requests in the outbox (outbox.h): slots
 * as those of statuses are, with a text.
 *
 * Use        outbox_put_comment(ob, &comment, now, err); the poster takes it as
 *            any item, and notes outbox_sent(), outbox_later(),
 *            outbox_refused(), or outbox_unopened().
 * Shape      One slot a branch: what is put of a newer commit takes the place
 *            of what was of an older one. Until a pull request is open it is
 *            looked for again, each time after an eighth of the time since it
 *            was put (10 s to an hour; at least 2 s for each that is looked
 *            for), for a week; that is nothing that waits to be told.
 */
#include "reports/outbox.h"

/* A comment: of a branch's newest commit; the context of its slot is
 * OUTBOX_COMMENT. Where it may not be created it only takes an older one's
 * place. */
#define OUTBOX_COMMENT "sluice/comment"
struct outbox_comment {
	const char *commit, *ref;
	enum status_state state; /* pending: the run goes on */
	const struct outbound *body;
	bool is_creating;
};
int outbox_put_comment(struct outbox *ob, const struct outbox_comment *c,
    int64_t now, struct error *err);

/* What the comment of a branch is to say, added to body, and for which commit;
 * *is_told: the forge shows one, or an older one. ERROR_NOT_FOUND: there is
 * none. */
struct outbox_said {
	char commit[GIT_ID_HEX + 1];
	enum status_state state;
	bool is_told;
};
int outbox_find_comment(struct outbox *ob, const char *ref,
    struct outbox_said *out, struct outbound *body, struct error *err);

/* Whoever has written a comment counts it as one item that was taken: looking
 * is nothing that a pace is about. */
int outbox_count(struct outbox *ob, int64_t now, struct error *err);

/* There is no pull request that could have the comment. */
int outbox_unopened(struct outbox *ob, const struct outbox_item *item,
    int64_t now, struct error *err);

#endif
