/* status_http: see status_http.h. */
#include "reports/status_http.h"

#include "cache/base/mem.h"

enum {
	ANSWER_MAX = 1024 * 1024,
};

/* Asks: posts body, or where it is NULL puts a question. */
static int ask(struct forge *f, const struct buf *url, const struct status *s,
    const struct buf *body, struct forge_answer *out, struct error *err)
{
	const struct forge_question q = { "POST", url->p, body, ANSWER_MAX };
	const struct forge_type *t = forge_type_of(f);
	CLEANUP(forge_response_clear) struct forge_response r = { 0 };
	int rc = forge_ask(f, &q, &r, err);

	if (rc)
		return rc;
	if (!r.is_answered) {
		*out = r.silence;
		return 0;
	}
	r.reply.shows = forge_shows(t, r.json, s);
	forge_answer_make(&r, forge_judge(t, s, &r.reply), out);
	return 0;
}

int forge_post(struct forge *f, const struct status *s,
    struct forge_answer *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf url = { 0 }, body = { 0 };
	const struct forge_type *t = forge_type_of(f);
	int rc;

	*out = (struct forge_answer){ 0 };
	if ((rc = status_check(s, err)) ||
	    (rc = forge_url(t, forge_base(f), s, &url, err)) ||
	    (rc = forge_body(t, s, &body, err)))
		return rc;
	return ask(f, &url, s, &body, out, err);
}

int forge_look(struct forge *f, const struct status *s,
    struct forge_answer *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf url = { 0 };
	int rc;

	*out = (struct forge_answer){ 0 };
	if ((rc = status_check(s, err)) ||
	    (rc = forge_list_url(forge_type_of(f), forge_base(f), s, &url,
	         err)) ||
	    (rc = ask(f, &url, s, NULL, out, err)))
		return rc;
	/* Behind 200 is a list, or not even that. What may not be read (a
	 * token may write alone) is told once more. */
	if (out->http == 200 ? out->outcome != FORGE_TAKEN
	                     : out->outcome != FORGE_LATER)
		out->outcome = FORGE_ABSENT;
	return 0;
}
