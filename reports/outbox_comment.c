/* outbox_comment: see outbox_comment.h. */
#include <stdio.h>

#include "cache/base/mem.h"
#include "reports/outbox_impl.h"

enum {
	FIRST_LOOK = 10 * 1000, /* for a pull request */
	MOST_LOOK = 3600 * 1000,
	EACH_LOOK = 2000,
	LOOKS_MS = 7 * 24 * 3600 * 1000,
};

int outbox_write_body(struct outbox *ob, const struct outbox_comment *c,
    struct error *err)
{
	const struct bytes view = outbound_bytes(c->body);
	CLEANUP(mem_freep) char *text = mem_strndup(view.p, view.n);
	const struct outbox_value body[] = { TEXT(text), NUMBER(c->is_creating),
		TEXT(c->commit), TEXT(OUTBOX_COMMENT), TEXT(c->ref) };
	const struct outbox_value others[] = { TEXT(c->commit),
		TEXT(OUTBOX_COMMENT), TEXT(c->ref) };
	int rc;

	if (text == NULL)
		return error_memory(err);
	if ((rc = outbox_execute(ob,
	         "UPDATE slot SET body=?, creates=? "
	         "WHERE commit_id=? AND context=? AND ref=?",
	         body, err)) ||
	    (rc = outbox_execute(ob,
	         "UPDATE slot SET (told_state, told_description, told_url)=("
	         "  SELECT told_state, told_description, told_url FROM slot "
	         "  WHERE commit_id<>?1 AND context=?2 AND ref=?3 "
	         "  AND told_state IS NOT NULL ORDER BY seq DESC LIMIT 1) "
	         "WHERE commit_id=?1 AND context=?2 AND ref=?3 "
	         "AND told_state IS NULL",
	         others, err)))
		return rc;
	return outbox_execute(ob,
	    "DELETE FROM slot WHERE commit_id<>?1 AND context=?2 AND ref=?3",
	    others, err);
}

/* The slot of a comment is as a status that tells which text it is. */
static int name_comment(const struct outbox_comment *c, struct status *out,
    struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *words = outbound_open();
	char hex[DIGEST_HEX + 1];
	struct digest d;
	int rc = outbound_check(c->body, err);

	if (rc || (rc = digest_of(outbound_bytes(c->body), &d, err)))
		return rc;
	digest_print(&d, hex);
	*out = (struct status){ .context = OUTBOX_COMMENT, .state = c->state };
	snprintf(out->commit, sizeof(out->commit), "%s", c->commit);
	snprintf(out->ref, sizeof(out->ref), "%s", c->ref);
	outbound_words(words, "comment ");
	outbound_handle(words, hex);
	outbound_either(words, c->is_creating, "", ", if there is one already");
	rc = status_describe(out, words, err);
	return rc ? rc : status_check(out, err);
}

int outbox_put_comment(struct outbox *ob, const struct outbox_comment *c,
    int64_t now, struct error *err)
{
	struct status s;
	int rc = name_comment(c, &s, err);

	if (rc || (rc = outbox_begin(ob, err)))
		return rc;
	return outbox_finish(ob, outbox_put_slot(ob, &s, c, now, err), err);
}

int outbox_find_comment(struct outbox *ob, const char *ref,
    struct outbox_said *out, struct outbound *body, struct error *err)
{
	const struct outbox_value values[] = { TEXT(OUTBOX_COMMENT),
		TEXT(ref) };
	CLEANUP(outbox_statement_close) sqlite3_stmt *s = NULL;
	struct status shown;
	int rc = outbox_prepare(ob,
	    "SELECT commit_id, state, description, target_url, "
	    "told_state IS NOT NULL, body FROM slot "
	    "WHERE context=? AND ref=? ORDER BY seq DESC LIMIT 1",
	    values, &s, err);

	*out = (struct outbox_said){ 0 };
	if (rc || (rc = outbox_step(ob, s, err)) < 0)
		return rc;
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND, "no comment of %s", ref);
	outbox_column_copy(s, 0, out->commit, sizeof(out->commit));
	outbox_column_status(s, 1, &shown);
	out->state = shown.state;
	out->is_told = sqlite3_column_int(s, 4) != 0;
	outbox_column_add(s, 5, body);
	return outbound_check(body, err);
}

int outbox_unopened(struct outbox *ob, const struct outbox_item *item,
    int64_t now, struct error *err)
{
	const struct outbox_value values[] = { NUMBER(now), NUMBER(FIRST_LOOK),
		NUMBER(MOST_LOOK), NUMBER(LOOKS_MS), TEXT(item->status.commit),
		TEXT(item->status.context), TEXT(item->status.ref),
		NUMBER(item->seq), NUMBER(EACH_LOOK) };

	return outbox_execute(ob,
	    "UPDATE slot SET settled=iif(creates AND "
	    "    abs(?1-changed)<?4, 3, 1), asked=0, attempts=0, why='', "
	    "  next_try=?1+max(min(?3, max(?2, (?1-changed)/8)), "
	    "    (SELECT count(*) FROM slot WHERE settled=3)*?9) "
	    "WHERE commit_id=?5 AND context=?6 AND ref=?7 AND seq=?8",
	    values, err);
}
