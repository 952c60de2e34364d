/* poster: see poster.h. */
#include "reports/poster.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/text.h"
#include "reports/outbox_comment.h"

enum {
	/* What the forge does not have for us: a mirror that is behind, a
	 * token that may not yet. With waits of half an hour at least behind
	 * the first twelve, that is a day and more. */
	TRIES_ABSENT = 60,
	/* What it fails at with this status alone: some days. */
	TRIES_ALONE = 160,
};

static int post(void *forge, const struct status *s, struct forge_answer *out,
    struct error *err)
{
	return forge_post(forge, s, out, err);
}

static int look(void *forge, const struct status *s, struct forge_answer *out,
    struct error *err)
{
	return forge_look(forge, s, out, err);
}

static int comment(void *forge, const struct outbox_item *item,
    struct forge_answer *out, struct error *err)
{
	return forge_comment(forge, item, out, err);
}

void poster_forge(struct outbox *ob, struct forge *f,
    const struct forge_type *type, struct poster *out)
{
	*out = (struct poster){ ob, type, post, look, comment, f };
	outbox_set_paces(ob, type->paces);
}

int poster_ask(const struct poster *p, const struct outbox_item *item,
    struct forge_answer *out, struct error *err)
{
	const struct status *s = &item->status;
	int rc;

	if (strcmp(s->context, OUTBOX_COMMENT) == 0)
		return p->comment(p->forge, item, out, err);
	if (item->has_told && forge_is_same(p->type, &item->told, s)) {
		*out = (struct forge_answer){ .wait = -1 };
		return 0;
	}
	if (item->is_asked) {
		rc = p->look(p->forge, s, out, err);
		if (rc || out->outcome != FORGE_ABSENT)
			return rc;
	}
	return p->post(p->forge, s, out, err);
}

/* After how many tries it is asked no more; 0: it goes on. What holds all back
 * says nothing of this status. */
static int most_tries(const struct forge_answer *a)
{
	if (a->outcome == FORGE_ABSENT)
		return TRIES_ABSENT;
	return a->is_all ? 0 : TRIES_ALONE;
}

static void give_up(struct forge_answer *a, int tries)
{
	size_t room = sizeof(a->words) - 32, n = strlen(a->words);

	if (n > room)
		n = text_cut(bytes_of(a->words), room);
	snprintf(a->words + n, sizeof(a->words) - n, " (after %d tries)",
	    tries);
	a->outcome = FORGE_REFUSED;
}

int poster_note(const struct poster *p, const struct outbox_item *item,
    struct forge_answer *answer, int64_t now, struct error *err)
{
	struct outbox_delay delay;
	int most, tries = item->attempts + 1, rc;

	if (answer->is_written && (rc = outbox_count(p->outbox, now, err)))
		return rc;
	if (answer->outcome == FORGE_TAKEN) {
		rc = outbox_sent(p->outbox, item, err);
		return rc || answer->wait < 0
		    ? rc
		    : outbox_hold(p->outbox, now + answer->wait, err);
	}
	if (answer->outcome == FORGE_UNOPENED)
		return outbox_unopened(p->outbox, item, now, err);
	most = most_tries(answer);
	if (answer->outcome != FORGE_REFUSED && most > 0 && tries >= most)
		give_up(answer, tries);
	if (answer->outcome == FORGE_REFUSED)
		return outbox_refused(p->outbox, item, answer->words, err);
	delay = (struct outbox_delay){ answer->wait, answer->is_all,
		answer->is_untaken, answer->words };
	return outbox_later(p->outbox, item, now, &delay, err);
}
