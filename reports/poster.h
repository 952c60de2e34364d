#ifndef SLUICE_REPORTS_POSTER_H
#define SLUICE_REPORTS_POSTER_H
/*
 * poster -- one item of the outbox, told to a forge: what is asked, and what is
 * noted of the answer.
 *
 * Use        poster_forge(outbox, forge, type, &p); then for each item that
 *            outbox_take() gave: poster_ask(&p, &item, &answer, err);
 *            poster_note(&p, &item, &answer, now, err).
 * Shape      Two steps, because time passes between them, and a process may
 *            die there. The forge is behind two functions, so that a test can
 *            be one.
 * Errors     Those of outbox.h and status_http.h.
 * Threads    As those of its handles.
 */
#include "reports/comment_http.h"
#include "reports/outbox.h"
#include "reports/status_http.h"

/* Tells a forge a status, or looks whether it shows it (status_http.h). */
typedef int poster_fn(void *forge, const struct status *s,
    struct forge_answer *out, struct error *err);

/* Brings a comment to where it belongs (comment_http.h). */
typedef int poster_comment_fn(void *forge, const struct outbox_item *item,
    struct forge_answer *out, struct error *err);

struct poster {
	struct outbox *outbox;
	const struct forge_type *type;
	poster_fn *post, *look;
	poster_comment_fn *comment;
	void *forge;
};

/* A poster for a real forge; the outbox keeps its paces. */
void poster_forge(struct outbox *ob, struct forge *f,
    const struct forge_type *type, struct poster *out);

/* Tells the forge an item, unless it would show the same as before. Where an
 * attempt had an end that nobody knows, it looks first. */
int poster_ask(const struct poster *p, const struct outbox_item *item,
    struct forge_answer *out, struct error *err);

/* Notes what came of it; where the forge is asked no more, answer says so. */
int poster_note(const struct poster *p, const struct outbox_item *item,
    struct forge_answer *answer, int64_t now, struct error *err);

#endif
