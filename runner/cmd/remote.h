#ifndef SLUICE_RUNNER_CMD_REMOTE_H
#define SLUICE_RUNNER_CMD_REMOTE_H
/*
 * remote -- the server, as a clone sees it: its branches, its runs and notes.
 *
 * Use        struct remote r = { 0 }; remote_fetch(&context, &r, err);
 *            r.state, r.tips ...; remote_clear(&r).
 * Shape      The user's own git is asked, so that keys, passwords and proxies
 *            are as for any fetch: `git ls-remote`, and where the runs or notes
 *            there are others than those here, `git fetch` of them. Branches
 *            are only listed: neither their objects nor refs/remotes/ change.
 * Errors     A remote that cannot be reached is none: what was fetched before
 *            is here, and remote_tell() says so.
 */
#include "hooks/tips.h"
#include "runner/cmd/cmd.h"

enum remote_state {
	REMOTE_NONE, /* no clone, or git has no remote of that name */
	REMOTE_AWAY, /* it did not answer */
	REMOTE_PLAIN, /* it shows nothing of sluice */
	REMOTE_HIDDEN, /* it shows notes, and hides the runs */
	REMOTE_SERVED,
};

struct remote {
	const char *name; /* git config sluice.remote; the context's */
	enum remote_state state;
	bool is_stale; /* what is here is from before */
	struct branch_tips tips; /* its branches, where it answered */
};

/* Looks at the remote, and fetches what is new of its runs and notes. */
int remote_fetch(const struct context *c, struct remote *out,
    struct error *err);
void remote_clear(struct remote *r);

/* Says on stderr that what is here is from before, where it is. */
void remote_tell(const struct remote *r);

/* Why it has no run to show, as a sentence's second part: "; origin hides
 * ..." or "". */
void remote_add_why(const struct remote *r, struct buf *out);

/* The commit of one of its branches; NULL where it has none of that name. */
const char *remote_tip(const struct remote *r, const char *branch);

/* Pushes an object to a ref (NULL: deletes the ref); the remote's lines that
 * begin with "sluice: " are added to said, without that. ERROR_REMOTE where
 * git failed; its words are on stderr then. */
int remote_push(const struct context *c, const char *object, const char *ref,
    struct buf *said, struct error *err);

#endif
