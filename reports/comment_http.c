/* comment_http: see comment_http.h. */
#include "reports/comment_http.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/forge_comment.h"

enum {
	ANSWER_MAX =
	    32 * 1024 * 1024, /* a page of comments as long as may be */
	PULLS = 16, /* of one commit */
	PAGES = 200,
};

/* One comment on its way. */
struct sending {
	struct forge *f;
	const struct forge_type *type;
	const char *base, *commit;
	struct bytes body, marker;
	bool is_creating;
	bool has_written; /* one was made or edited, or may be */
};

/* Asks; *out is what came of it, and where that is FORGE_TAKEN r has it. */
static int ask(const struct sending *s, const char *method,
    const struct buf *url, const struct buf *body, struct forge_response *r,
    struct forge_answer *out, struct error *err)
{
	const struct forge_question q = { method, url->p, body, ANSWER_MAX };
	int rc = forge_ask(s->f, &q, r, err);

	if (rc)
		return rc;
	if (!r->is_answered)
		*out = r->silence;
	else
		forge_answer_make(r, forge_judge_plain(s->type, &r->reply),
		    out);
	return 0;
}

/* What cannot be understood is as no answer, or a second comment might be made
 * beside one that is there. */
static void not_understood(const char *what, struct forge_answer *out)
{
	out->outcome = FORGE_LATER;
	out->is_all = false;
	snprintf(out->words, sizeof(out->words),
	    "the forge answered %ld, but that is no %s: is sluice.forge.url "
	    "the address of the repository's API?",
	    out->http, what);
}

/* Whether there may be a page behind this one. */
static bool is_full(const struct sending *s, const struct forge_response *r)
{
	return json_array_size(r->json) >= s->type->comments.full;
}

static int find_pulls(const struct sending *s, int64_t numbers[PULLS], int *n,
    struct forge_answer *out, struct error *err)
{
	bool more = true;
	int page, rc = 0;

	*n = 0;
	for (page = 1; more && *n < PULLS && page <= PAGES; page++) {
		CLEANUP(forge_response_clear) struct forge_response r = { 0 };
		CLEANUP(buf_clear) struct buf url = { 0 };
		int found;

		if ((rc = forge_pulls_url(s->type, s->base, s->commit, page,
		         &url, err)) ||
		    (rc = ask(s, "GET", &url, NULL, &r, out, err)) ||
		    out->outcome != FORGE_TAKEN)
			return rc;
		found = forge_pulls_read(s->type, r.json, s->commit,
		    numbers + *n, PULLS - *n);
		if (found < 0) {
			not_understood("list of pull requests", out);
			return 0;
		}
		*n += found;
		more = is_full(s, &r);
	}
	return 0;
}

/* Whose the token is: asked once. */
static int find_account(const struct sending *s, struct forge_answer *out,
    struct error *err)
{
	CLEANUP(forge_response_clear) struct forge_response r = { 0 };
	CLEANUP(buf_clear) struct buf url = { 0 };
	int64_t *account = forge_account(s->f);
	struct error why = { 0 };
	int rc;

	if (*account != 0)
		return 0;
	rc = forge_account_url(s->type, s->base, &url, &why);
	if (rc == ERROR_USAGE) { /* statuses go their way all the same */
		out->outcome = FORGE_REFUSED;
		snprintf(out->words, sizeof(out->words), "%.*s",
		    (int)sizeof(out->words) - 1, why.msg);
		text_trim_cut(out->words);
		return 0;
	}
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	if ((rc = ask(s, "GET", &url, NULL, &r, out, err)) ||
	    out->outcome != FORGE_TAKEN)
		return rc;
	*account = forge_account_read(r.json);
	if (*account == 0)
		not_understood("account", out);
	return 0;
}

static int write_comment(struct sending *s, int64_t number, int64_t id,
    struct forge_answer *out, struct error *err)
{
	CLEANUP(forge_response_clear) struct forge_response r = { 0 };
	CLEANUP(buf_clear) struct buf url = { 0 }, body = { 0 };
	int rc;

	if ((rc = forge_comment_url(s->type, s->base, number, id, &url, err)) ||
	    (rc = forge_comment_body(s->body, &body, err)))
		return rc;
	s->has_written = true;
	return ask(s, id ? s->type->comments.method : "POST", &url, &body, &r,
	    out, err);
}

/* Our comment on a pull request. */
struct found {
	int64_t id; /* 0: none is there */
	bool is_same;
};

static int find_comment(const struct sending *s, int64_t number,
    struct found *found, struct forge_answer *out, struct error *err)
{
	bool more = true;
	int page, rc;

	*found = (struct found){ 0 };
	for (page = 1; more && found->id == 0; page++) {
		CLEANUP(forge_response_clear) struct forge_response r = { 0 };
		CLEANUP(buf_clear) struct buf url = { 0 };
		struct forge_comment c = { 0 };
		int is_there;

		if ((rc = forge_comments_url(s->type, s->base, number, page,
		         &url, err)) ||
		    (rc = ask(s, "GET", &url, NULL, &r, out, err)) ||
		    out->outcome != FORGE_TAKEN)
			return rc;
		is_there = forge_comment_find(s->type, r.json, s->marker,
		    *forge_account(s->f), &c);
		if (is_there < 0 || page > PAGES) {
			not_understood("list of comments", out);
			return 0;
		}
		found->id = is_there ? c.id : 0;
		found->is_same =
		    is_there && forge_comment_is_same(c.body, s->body);
		more = s->type->comments.is_paged && is_full(s, &r);
	}
	return 0;
}

static int bring(struct sending *s, int64_t number, struct forge_answer *out,
    struct error *err)
{
	struct found found;
	int rc = find_comment(s, number, &found, out, err);

	if (rc || out->outcome != FORGE_TAKEN || found.is_same ||
	    (found.id == 0 && !s->is_creating))
		return rc;
	return write_comment(s, number, found.id, out, err);
}

int forge_comment(struct forge *f, const struct outbox_item *item,
    struct forge_answer *out, struct error *err)
{
	struct sending s = { .f = f,
		.type = forge_type_of(f),
		.base = forge_base(f),
		.commit = item->status.commit,
		.body = outbound_bytes(item->body),
		.marker = outbound_bytes(item->body),
		.is_creating = item->is_creating };
	const char *end = memchr(s.body.p, '\n', s.body.n);
	int64_t numbers[PULLS];
	int i, n, rc;

	*out = (struct forge_answer){ .wait = -1 };
	if (end != NULL)
		s.marker.n = (size_t)(end - s.body.p);
	if ((rc = find_pulls(&s, numbers, &n, out, err)) ||
	    out->outcome != FORGE_TAKEN)
		return rc;
	if (n == 0) {
		out->outcome = FORGE_UNOPENED;
		return 0;
	}
	if ((rc = find_account(&s, out, err)) || out->outcome != FORGE_TAKEN)
		return rc;
	for (i = 0; i < n && rc == 0 && out->outcome == FORGE_TAKEN; i++)
		rc = bring(&s, numbers[i], out, err);
	out->is_written = s.has_written;
	return rc;
}
