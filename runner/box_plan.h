#ifndef SLUICE_RUNNER_BOX_PLAN_H
#define SLUICE_RUNNER_BOX_PLAN_H
/*
 * box_plan -- a sandbox's argument list, read: what box.c performs. Private to
 * box.c and box_build.c.
 *
 * Ownership  Words are borrowed from the list; box_plan_clear() frees the rest.
 */
#include <stdint.h>
#include <sys/resource.h>

#include "runner/words.h"

enum {
	BOX_LIMITS = 8
};

/* A step of building, in the order of the list. */
enum box_kind {
	BOX_BIND, /* a -> b, writable */
	BOX_READ_ONLY, /* a -> b */
	BOX_TRY, /* likewise, where a is there */
	BOX_PROC, /* at a */
	BOX_DEV,
	BOX_TMPFS, /* with size and mode */
	BOX_DIRECTORY,
	BOX_SYMLINK, /* b leads to a */
	BOX_SHUT, /* a becomes read only */
	BOX_HOSTNAME,
};

struct box_step {
	enum box_kind kind;
	const char *a, *b;
	const char *size, *mode; /* as the list has them, or NULL */
	int fd; /* what is bound, once it is open; -1 */
};

struct box_limit {
	int what; /* RLIMIT_... */
	uint64_t most;
};

struct box_plan {
	struct box_step *steps;
	size_t n, cap;
	struct box_limit limits[BOX_LIMITS];
	size_t n_limits;
	struct words env; /* NAME=VALUE */
	uint64_t namespaces; /* of clone3 */
	unsigned uid, gid; /* inside */
	const char *directory; /* to start in */
	const char *const *command; /* ended by NULL */
	struct buf filter; /* seccomp's */
	bool no_more_users; /* user namespaces inside */
};

/* Reads a list of sandbox_argv(). ERROR_USAGE for what box does not know. */
int box_plan_read(const struct words *argv, struct box_plan *out,
    struct error *err);
void box_plan_clear(struct box_plan *plan);

/* In the child, with its namespaces new and its identities mapped: becomes the
 * user inside and builds what it sees; the root is the new one then. */
int box_build(struct box_plan *plan, struct error *err);

/* Gives up every capability, for good: those that a program could get by exec,
 * which only who holds some may do, and those that are held. */
int box_drop_bounds(struct error *err);
int box_drop_held(struct error *err);

#endif
