#ifndef SLUICE_REPORTS_FORGE_HTTP_H
#define SLUICE_REPORTS_FORGE_HTTP_H
/*
 * forge_http -- one question to a forge over HTTP, and its answer. What is
 * asked is status_http.h's and comment_http.h's.
 *
 * Use        forge_open(&settings, &f, err); forge_ask(f, &question, &r, err);
 *            forge_response_clear(&r); forge_close(f). forge_http_init() once
 *            before.
 * Safety     https alone, plain http only to this machine itself (or where
 *            is_insecure); redirects are refused, so that the token goes
 *            nowhere else; the token is read anew each time and never stands
 *            in a message; limits of time and size on every answer.
 * Errors     What the forge says, or that it says nothing, is an answer, and
 *            so is a token's file that cannot be read: it may be mended at any
 *            time. An error is ERROR_USAGE (settings) or ERROR_MEMORY.
 * Threads    A handle belongs to one thread.
 */
#include "reports/forge.h"

struct forge_settings {
	const struct forge_type *type; /* NULL: github */
	const char *url; /* type->example */
	const char *token_file; /* or NULL: no token */
	const char *agent; /* User-Agent, "sluice/0.1.0" */
	bool is_insecure; /* plain http to another machine */
	long timeout_ms; /* 0: 30 s */
};

struct forge_answer {
	enum forge_outcome outcome;
	long http; /* the answer's code; 0: there was none */
	int64_t wait; /* ms that the forge asked for, or -1 */
	bool is_all; /* not about this status alone: all must wait */
	bool is_untaken; /* it surely has not got it */
	bool is_written; /* of a comment: one was made or edited, or may be */
	char words[512]; /* what it said, safe to show; "" where taken */
};

/* libcurl's own set-up, once a program, before threads start. */
int forge_http_init(struct error *err);

/* Checks the settings and makes a handle; closes it. */
struct forge;
int forge_open(const struct forge_settings *settings, struct forge **out,
    struct error *err);
void forge_close(struct forge *f);
void forge_closep(struct forge **f);

/* What is asked. */
struct forge_question {
	const char *method; /* "POST", "PATCH", "PUT", with a body; else GET */
	const char *url;
	const struct buf *body; /* JSON, or NULL */
	size_t most; /* bytes of an answer; of a larger one the code counts */
};

/* What came back. */
struct forge_response {
	bool is_answered;
	struct forge_answer silence; /* where it is not: why */
	struct forge_reply reply; /* its "shows" is the caller's to set */
	json_t *json; /* or NULL: it was none */
	char said[256]; /* the words of a refusal, safe to show */
};
int forge_ask(struct forge *f, const struct forge_question *q,
    struct forge_response *out, struct error *err);

/* Frees; usable again. */
void forge_response_clear(struct forge_response *r);

/* The answer that an answered response is, with words for an operator. */
void forge_answer_make(const struct forge_response *r,
    struct forge_verdict verdict, struct forge_answer *out);

/* What a handle was opened with, and the place where whose token it is may be
 * kept (0: not asked yet). */
const struct forge_type *forge_type_of(const struct forge *f);
const char *forge_base(const struct forge *f);
int64_t *forge_account(struct forge *f);

#endif
