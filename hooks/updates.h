#ifndef SLUICE_HOOKS_UPDATES_H
#define SLUICE_HOOKS_UPDATES_H
/*
 * updates -- which refs a push moved, as git tells post-receive and as the
 * hook spools it for the runner. Needs libc alone: the hook links it.
 *
 * Use        updates_parse(stdin, &u, err); updates_print(&u, &buf);
 *            spool_put(dir, &u, err).  In the runner: spool_each(dir, fn).
 * Shape      post-receive: one line "OLD NEW REF" each, 40 zeros for "none".
 *            A spool file (sluice-push/1) is the same behind a first line
 *            "sluice-push/1 USER" ("-": not known).
 * Errors     ERROR_SYNTAX with the line; nothing of a text with an error is
 *            believed. ERROR_LIMIT beyond UPDATES_MAX bytes.
 * Ownership  Strings are the struct's: updates_clear().
 */
#include <stdbool.h>

#include "cache/base/buf.h"
#include "cache/base/error.h"

enum {
	UPDATE_ID = 40, /* digits of a SHA-1 */
	UPDATE_REF_MAX = 1024, /* bytes of a ref's name */
	UPDATE_BRANCH_MAX = 200, /* bytes of a branch's name that we run */
	UPDATE_USER = 128, /* who pushed, with the NUL */
	UPDATES_MAX = 16 << 20, /* bytes of one push */
};

struct update {
	char from[UPDATE_ID + 1], to[UPDATE_ID + 1];
	char *ref;
};

struct updates {
	char user[UPDATE_USER]; /* "" where not known */
	struct update *items;
	size_t n, cap;
};

/* The lines of post-receive. */
int updates_parse(struct bytes text, struct updates *out, struct error *err);

/* The text of a spool file, and back. */
void updates_print(const struct updates *u, struct buf *out);
int updates_parse_spool(struct bytes text, struct updates *out,
    struct error *err);

/* Frees; usable again. */
void updates_clear(struct updates *u);

/* Keeps who pushed, cut to what fits; a byte that is no visible ASCII becomes
 * '?', so that it can be shown anywhere. */
void updates_set_user(struct updates *u, const char *user);

/* The branch of refs/heads/BRANCH, where it is one that we run (UTF-8, at most
 * UPDATE_BRANCH_MAX bytes, no control characters); else NULL: tags, notes, our
 * own refs. */
const char *update_branch(const char *ref);

/* What somebody asks of the server from a clone (ask.h) lies there. */
#define ASK_REFS "refs/sluice-requests/"
bool update_is_ask(const char *ref);

/* Whether a branch's name is one that we run. */
bool branch_is_fit(const char *branch);

/* Whether it is a branch that we do not run, because of its name. */
bool update_is_unfit(const struct update *u);

/* 40 zeros: the ref was not there, or is gone. */
bool update_is_null(const char id[UPDATE_ID + 1]);

/* Puts a push into the spool directory, durably, under a name of its own;
 * names sort by time. */
int spool_put(const char *dir, const struct updates *u, struct error *err);

/* Calls fn for each push in the spool, oldest first; what fn took (it returned
 * 0) is added to taken, to be removed when what followed is durable; a name
 * that is NULL then stays. What cannot be read as a push is moved to
 * dir/../spool-bad and skipped. A missing directory is empty. */
struct file_names;
int spool_each(const char *dir,
    int (*fn)(const struct updates *u, void *payload, struct error *err),
    void *payload, struct file_names *taken, struct error *err);
int spool_remove(const char *dir, const struct file_names *taken,
    struct error *err);

#endif
