#ifndef SLUICE_REPORTS_STATUS_HTTP_H
#define SLUICE_REPORTS_STATUS_HTTP_H
/*
 * status_http -- tells a forge a status (forge.h: in which form), and looks
 * what it shows.
 *
 * Use        forge_open(&settings, &f, err); forge_post(f, &status, &answer,
 *            err); forge_close(f). status_http_init() once before.
 * Safety     https alone, plain http only to this machine itself (or where
 *            is_insecure); redirects are refused, so that the token goes
 *            nowhere else; the token is read anew each time and never stands
 *            in a message; limits of time and size on every answer.
 * Errors     What the forge says, or that it says nothing, is an answer, and
 *            so is a token's file that cannot be read: it may be mended at any
 *            time. An error is ERROR_USAGE (settings, a status that no forge
 *            would take) or ERROR_MEMORY.
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
	char words[512]; /* what it said, safe to show; "" where taken */
};

/* libcurl's own set-up, once a program, before threads start. */
int status_http_init(struct error *err);

/* Checks the settings and makes a handle; closes it. */
struct forge;
int forge_open(const struct forge_settings *settings, struct forge **out,
    struct error *err);
void forge_close(struct forge *f);
void forge_closep(struct forge **f);

/* Tells one status; waits for the answer. */
int forge_post(struct forge *f, const struct status *s,
    struct forge_answer *out, struct error *err);

/* Looks whether the forge shows it, before it is told once more: FORGE_TAKEN
 * where it does, FORGE_LATER where the forge is away, else FORGE_ABSENT. */
int forge_look(struct forge *f, const struct status *s,
    struct forge_answer *out, struct error *err);

#endif
