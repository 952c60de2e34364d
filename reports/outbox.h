#ifndef SLUICE_REPORTS_OUTBOX_H
#define SLUICE_REPORTS_OUTBOX_H
/*
 * outbox -- statuses and comments on their way to a forge, in one SQLite file.
 *
 * Use        outbox_open(path, &ob, err); outbox_put(ob, &status, now, err);
 *            the poster: while (outbox_take(ob, now, &item, &next, err) > 0)
 *            send, then outbox_sent() or outbox_later() or outbox_refused();
 *            outbox_close(ob).
 * Shape      One slot for each (commit, context), and branch where the forge
 *            wants that: what is wanted there, and what the forge was last
 *            told. A newer state replaces an unsent one; a pending one never
 *            follows a final one (outbox_reopen() allows one more, for a
 *            retry); what was told is not told again. So a slot is in order
 *            by construction; where a poster died between sending and
 *            outbox_sent(), is_asked tells the next to look at the forge
 *            before it repeats an equal one. Comments: outbox_comment.h.
 * Time       now is milliseconds since 1970, given by the caller. Waits
 *            double from 2 s to an hour, minus up to half by chance; one that
 *            ends more than a day from now is of a clock that was wrong, and
 *            has ended.
 * Errors     ERROR_CORRUPT, ERROR_USAGE (a file of a newer version),
 *            ERROR_BUSY, ERROR_IO. A put that returned 0 is durable.
 * Threads    A handle belongs to one thread; a file may be used by many
 *            processes.
 */
#include "reports/status.h"

struct outbox;

/* Opens or makes the file; one of an older version becomes one of ours. */
int outbox_open(const char *path, struct outbox **out, struct error *err);
void outbox_close(struct outbox *ob);
void outbox_closep(struct outbox **ob);

/* For whoever takes: at most so many items in so many milliseconds, for each of
 * the paces up to one of most 0. What is one too many waits. */
struct outbox_pace {
	int most;
	int64_t ms;
};
enum {
	OUTBOX_PACES = 2
};
void outbox_set_paces(struct outbox *ob, const struct outbox_pace *paces);

/* Queues a status, durably. */
int outbox_put(struct outbox *ob, const struct status *s, int64_t now,
    struct error *err);

/* What the slot of a status is to show. ERROR_NOT_FOUND where nothing was put
 * into it yet, or long ago. */
int outbox_find(struct outbox *ob, const struct status *of, struct status *out,
    struct error *err);

/* A run of the commit begins anew: the next status of this one's slot may be
 * pending. */
int outbox_reopen(struct outbox *ob, const struct status *of,
    struct error *err);

/* What is to be sent. attempts are those before this one. */
struct outbox_item {
	struct status status;
	int64_t seq; /* which put it came from */
	int attempts;
	bool is_asked; /* one of them had an end that nobody knows */
	bool has_told; /* this is surely what the forge was told last */
	struct status told;
	const struct outbound *body; /* of a comment, until the next is taken;
	                                else empty */
	bool is_creating;
};

/* The next item that is due: 1; ends before "pending", and what was not tried
 * yet before what was. Else 0, and *next is when one will be, or -1 where all
 * is told. */
int outbox_take(struct outbox *ob, int64_t now, struct outbox_item *item,
    int64_t *next, struct error *err);

/* Whether an item is due; nothing is taken. *next as outbox_take() has it. */
int outbox_is_due(struct outbox *ob, int64_t now, bool *is_due, int64_t *next,
    struct error *err);

/* The forge has it. */
int outbox_sent(struct outbox *ob, const struct outbox_item *item,
    struct error *err);

/* Not now. wait is how long the forge asked for (ms), or -1: our own backoff,
 * which is also the least for this one. is_all: nothing else is tried before
 * then either (the forge is away, or has named a limit). why is kept for
 * readers. */
struct outbox_delay {
	int64_t wait;
	bool is_all;
	bool is_untaken; /* the forge said so; else it may have it */
	const char *why;
};
int outbox_later(struct outbox *ob, const struct outbox_item *item, int64_t now,
    const struct outbox_delay *delay, struct error *err);

/* The forge will never take it; its words are kept. Only a newer status of
 * that slot is tried. */
int outbox_refused(struct outbox *ob, const struct outbox_item *item,
    const char *words, struct error *err);

/* Nothing is taken before then: the forge has told the last one, and that it
 * was the last for a while. */
int outbox_hold(struct outbox *ob, int64_t until, struct error *err);

/* All that waits, or was refused, is due (the token was wrong, and is right
 * now). */
int outbox_again(struct outbox *ob, struct error *err);

/* Calls fn for each slot that is to be told, or was refused, oldest first.
 * why is "", or what the last attempt met; a non-zero answer ends it and is
 * returned. */
struct outbox_entry {
	struct outbox_item item;
	int64_t next_try;
	bool refused;
	const char *why;
};
typedef int outbox_fn(const struct outbox_entry *entry, void *payload);
int outbox_each(struct outbox *ob, outbox_fn *fn, void *payload,
    struct error *err);

/* The same for each status that wants "pending", told or not. fn puts nothing:
 * a slot that changed would be seen again. */
int outbox_each_open(struct outbox *ob, outbox_fn *fn, void *payload,
    struct error *err);

/* The wait before attempt number attempts + 1: within (most / 2, most], by a
 * random number. */
int64_t outbox_backoff(int attempts, uint32_t random);

#endif
