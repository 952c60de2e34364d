/* box_plan: see box_plan.h. _GNU_SOURCE for the flags of clone. */
#define _GNU_SOURCE
#include "runner/box_plan.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/sandbox.h"
#include "runner/seccomp.h"

/* What an option is to us. */
enum meaning {
	STEP,
	NAMESPACE, /* what: a flag of clone */
	USER,
	GROUP,
	VARIABLE,
	START_IN,
	SIZE,
	MODE,
	NO_USERS,
	FILTER,
	ALWAYS, /* done whatever the list says; it must say it */
};

static const struct option {
	const char *name;
	int n; /* of its words */
	enum meaning meaning;
	int what; /* enum box_kind, or a flag */
} options[] = {
	{ "--bind", 2, STEP, BOX_BIND },
	{ "--ro-bind", 2, STEP, BOX_READ_ONLY },
	{ "--ro-bind-try", 2, STEP, BOX_TRY },
	{ "--proc", 1, STEP, BOX_PROC },
	{ "--dev", 1, STEP, BOX_DEV },
	{ "--tmpfs", 1, STEP, BOX_TMPFS },
	{ "--dir", 1, STEP, BOX_DIRECTORY },
	{ "--symlink", 2, STEP, BOX_SYMLINK },
	{ "--remount-ro", 1, STEP, BOX_SHUT },
	{ "--hostname", 1, STEP, BOX_HOSTNAME },
	{ "--unshare-user", 0, NAMESPACE, CLONE_NEWUSER },
	{ "--unshare-ipc", 0, NAMESPACE, CLONE_NEWIPC },
	{ "--unshare-pid", 0, NAMESPACE, CLONE_NEWPID },
	{ "--unshare-net", 0, NAMESPACE, CLONE_NEWNET },
	{ "--unshare-uts", 0, NAMESPACE, CLONE_NEWUTS },
	{ "--unshare-cgroup", 0, NAMESPACE, CLONE_NEWCGROUP },
	{ "--uid", 1, USER, 0 },
	{ "--gid", 1, GROUP, 0 },
	{ "--setenv", 2, VARIABLE, 0 },
	{ "--chdir", 1, START_IN, 0 },
	{ "--size", 1, SIZE, 0 },
	{ "--perms", 1, MODE, 0 },
	{ "--disable-userns", 0, NO_USERS, 0 },
	{ "--seccomp", 1, FILTER, 0 },
	{ "--die-with-parent", 0, ALWAYS, 0 },
	{ "--new-session", 0, ALWAYS, 0 },
	{ "--cap-drop", 1, ALWAYS, 0 },
	{ "--clearenv", 0, ALWAYS, 0 },
	{ "--json-status-fd", 1, ALWAYS, 0 },
};

static const struct {
	const char *before; /* of the number */
	int what;
} limits[] = {
	{ "--core=", RLIMIT_CORE },
	{ "--fsize=", RLIMIT_FSIZE },
	{ "--nofile=", RLIMIT_NOFILE },
	{ "--nproc=", RLIMIT_NPROC },
	{ "--as=", RLIMIT_AS },
};

void box_plan_clear(struct box_plan *plan)
{
	mem_free(plan->steps);
	words_clear(&plan->env);
	buf_clear(&plan->filter);
	*plan = (struct box_plan){ 0 };
}

/* What the options before a step said of it. */
struct pending {
	const char *size, *mode;
};

static int add_step(struct box_plan *plan, int kind, const char *const *words,
    struct pending *pending, struct error *err)
{
	struct box_step *more =
	    mem_grow(plan->steps, plan->n, &plan->cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	plan->steps = more;
	more[plan->n++] = (struct box_step){ .kind = (enum box_kind)kind,
		.a = words[0],
		.b = words[0] ? words[1] : NULL,
		.size = pending->size,
		.mode = pending->mode,
		.fd = -1 };
	*pending = (struct pending){ 0 };
	return 0;
}

static int take(struct box_plan *plan, const struct option *o,
    const char *const *words, struct pending *pending, struct error *err)
{
	switch (o->meaning) {
	case STEP:
		return add_step(plan, o->what, words, pending, err);
	case NAMESPACE:
		plan->namespaces |= (uint64_t)(unsigned)o->what;
		return 0;
	case USER:
		plan->uid = (unsigned)strtoul(words[0], NULL, 10);
		return 0;
	case GROUP:
		plan->gid = (unsigned)strtoul(words[0], NULL, 10);
		return 0;
	case VARIABLE:
		words_printf(&plan->env, "%s=%s", words[0], words[1]);
		return 0;
	case START_IN:
		plan->directory = words[0];
		return 0;
	case SIZE:
		pending->size = words[0];
		return 0;
	case MODE:
		pending->mode = words[0];
		return 0;
	case NO_USERS:
		plan->no_more_users = true;
		return 0;
	case FILTER:
		return seccomp_make(SECCOMP_COMMAND, &plan->filter, err);
	case ALWAYS:
		return 0;
	}
	return 0;
}

static const struct option *find_option(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(options); i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

static int unknown(const char *word, struct error *err)
{
	return error_set(err, ERROR_USAGE,
	    "a sandbox of our own does not know the option %s", word);
}

/* bubblewrap's options; *at is behind their "--" then. */
static int read_options(struct box_plan *plan, const struct words *argv,
    size_t *at, struct error *err)
{
	struct pending pending = { 0 };
	int rc = 0;

	while (rc == 0 && *at < argv->n && strcmp(argv->v[*at], "--") != 0) {
		const struct option *o = find_option(argv->v[*at]);

		if (o == NULL || *at + (size_t)o->n >= argv->n)
			return unknown(argv->v[*at], err);
		rc = take(plan, o, argv->v + *at + 1, &pending, err);
		*at += 1 + (size_t)o->n;
	}
	++*at;
	return rc;
}

static int read_limit(struct box_plan *plan, const char *word,
    struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(limits); i++) {
		size_t n = strlen(limits[i].before);

		if (strncmp(word, limits[i].before, n) != 0 ||
		    plan->n_limits == BOX_LIMITS)
			continue;
		plan->limits[plan->n_limits++] =
		    (struct box_limit){ limits[i].what,
			    strtoull(word + n, NULL, 10) };
		return 0;
	}
	return unknown(word, err);
}

/* prlimit's, and the command behind its "--". */
static int read_limits(struct box_plan *plan, const struct words *argv,
    size_t *at, struct error *err)
{
	int rc = 0;

	if (*at >= argv->n || strcmp(argv->v[*at], SANDBOX_PRLIMIT) != 0)
		return unknown("that no limits follow", err);
	for (++*at; rc == 0 && *at < argv->n && strcmp(argv->v[*at], "--") != 0;
	     ++*at)
		rc = read_limit(plan, argv->v[*at], err);
	++*at;
	return rc;
}

int box_plan_read(const struct words *argv, struct box_plan *out,
    struct error *err)
{
	size_t at = 1;
	int rc;

	*out = (struct box_plan){ .namespaces = CLONE_NEWNS };
	if (argv->n == 0 || strcmp(argv->v[0], SANDBOX_BWRAP) != 0)
		return unknown(argv->n ? argv->v[0] : "that is missing", err);
	if ((rc = read_options(out, argv, &at, err)) ||
	    (rc = read_limits(out, argv, &at, err)))
		return rc;
	if (at >= argv->n)
		return unknown("that no command follows", err);
	out->command = argv->v + at;
	if (out->directory != NULL)
		words_printf(&out->env, "PWD=%s", out->directory);
	return words_check(&out->env, err);
}
