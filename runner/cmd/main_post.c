/*
 * sluice-post: tells the forge what is in the outbox. It has the forge's
 * token and no access to tables; its settings are its arguments, because it
 * does not link what reads git config.
 *
 * It ends when all is told. Without --once it waits for the next attempt of
 * what could not be told; with it, it ends with 4 where something is left.
 * One instance works at a time: another one sees the lock and ends with 0,
 * because the first looks again after it has let the lock go.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/buf.h"
#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "reports/poster.h"
#include "version.h"

enum {
	POST_FINE = 0,
	POST_USAGE = 2,
	POST_LEFT = 4
};

struct options {
	const char *outbox;
	struct forge_settings forge;
	bool is_once, is_again;
	pid_t parent; /* or 0 */
	const char *type;
	struct status put; /* with a commit: to be queued first */
};

static int usage(FILE *to)
{
	fputs("usage: sluice-post --outbox FILE [--type github|gitlab|gitea] "
	      "--url URL\n"
	      "                   [--token-file FILE] [--insecure] [--once] "
	      "[--again]\n"
	      "                   [--put STATE:COMMIT:TEXT [--ref BRANCH]] "
	      "[--parent PID]\n\n"
	      "Tells the forge the statuses and comments that are queued.\n"
	      "  --once   try what is due once; exit 4 where something is "
	      "left\n"
	      "  --again  now, also what the forge has refused before\n"
	      "  --put    queue one first, by hand (GitLab wants the branch, "
	      "too)\n"
	      "  --parent be as with --once when this process, its parent, "
	      "has ended\n",
	    to);
	return to == stdout ? POST_FINE : POST_USAGE;
}

/* STATE:COMMIT:TEXT; the branch is set beside it. */
static int parse_put(const char *text, struct status *out)
{
	CLEANUP(outbound_closep) struct outbound *words = outbound_open();
	char state[16];
	int n = 0;

	if (sscanf(text, "%15[a-z]:%40[0-9a-f]:%n", state, out->commit, &n) !=
	        2 ||
	    n == 0 || status_state_of(state) < 0)
		return -1;
	out->state = (enum status_state)status_state_of(state);
	strcpy(out->context, STATUS_CONTEXT);
	outbound_by_hand(words, text + n);
	return status_describe(out, words, NULL);
}

static int parse_ref(const char *text, struct status *out)
{
	size_t n = strlen(text);

	if (n >= sizeof(out->ref))
		return -1;
	memcpy(out->ref, text, n + 1);
	return 0;
}

static int parse_parent(const char *text, pid_t *out)
{
	char *end;
	long pid = strtol(text, &end, 10);

	if (pid <= 0 || *end != '\0')
		return -1;
	*out = (pid_t)pid;
	return 0;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{ "outbox", required_argument, NULL, 'o' },
		{ "type", required_argument, NULL, 'y' },
		{ "url", required_argument, NULL, 'u' },
		{ "token-file", required_argument, NULL, 't' },
		{ "insecure", no_argument, NULL, 'i' },
		{ "once", no_argument, NULL, '1' },
		{ "again", no_argument, NULL, 'a' },
		{ "put", required_argument, NULL, 'p' },
		{ "ref", required_argument, NULL, 'r' },
		{ "parent", required_argument, NULL, 'P' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (c) {
		case 'o':
			o->outbox = optarg;
			break;
		case 'y':
			o->type = optarg;
			break;
		case 'u':
			o->forge.url = optarg;
			break;
		case 'r':
			if (parse_ref(optarg, &o->put))
				return -1;
			break;
		case 't':
			o->forge.token_file = optarg;
			break;
		case 'P':
			if (parse_parent(optarg, &o->parent))
				return -1;
			break;
		case 'i':
			o->forge.is_insecure = true;
			break;
		case '1':
			o->is_once = true;
			break;
		case 'a':
			o->is_again = true;
			break;
		default:
			if (c != 'p' || parse_put(optarg, &o->put))
				return -1;
		}
	}
	return optind == argc && o->outbox && o->forge.url ? 0 : -1;
}

static void tell_progress(const struct outbox_item *item,
    const struct forge_answer *a)
{
	static const char *const words[] = { [FORGE_TAKEN] = "told",
		[FORGE_LATER] = "later",
		[FORGE_ABSENT] = "later",
		[FORGE_UNOPENED] = "no pull request",
		[FORGE_REFUSED] = "refused" };

	fprintf(stderr, "sluice-post: %.12s %s %s: %s%s%s\n",
	    item->status.commit, item->status.context,
	    status_state_name(item->status.state), words[a->outcome],
	    a->words[0] ? ", " : "", a->words);
}

static int post_one(const struct poster *p, const struct outbox_item *item,
    struct error *err)
{
	struct forge_answer a;
	int rc = poster_ask(p, item, &a, err);

	if (rc == 0)
		rc = poster_note(p, item, &a, clock_now(), err);
	if (rc == 0)
		tell_progress(item, &a);
	return rc;
}

/* Whoever comes after a runner that died has other settings, perhaps, and its
 * poster needs the lock: then nobody waits here for a next try. */
static bool is_orphan(const struct options *o)
{
	return o->parent != 0 && getppid() != o->parent;
}

/* Until all is told, or with --once nothing is due. *left: something is. */
static int drain(const struct poster *p, const struct options *o, bool *left,
    struct error *err)
{
	enum {
		LOOK_MS = 1000
	}; /* a newer one may be put meanwhile */

	for (;;) {
		struct outbox_item item;
		int64_t next, now = clock_now();
		int rc = outbox_take(p->outbox, now, &item, &next, err);

		*left = rc == 0 && next >= 0;
		if (rc < 0)
			return rc;
		if (rc > 0 && (rc = post_one(p, &item, err)))
			return rc;
		if (rc == 0 && next < 0)
			return 0;
		if (*left && (o->is_once || is_orphan(o)))
			return 0;
		if (*left)
			clock_sleep(
			    next - now < LOOK_MS ? next - now + 1 : LOOK_MS);
	}
}

/* One round under the lock; 1 where another instance has it. */
static int round_locked(const struct poster *p, const struct options *o,
    bool *left, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	CLEANUP(fd_close) int lock = -1;
	struct error busy = { 0 };
	int rc;

	buf_printf(&path, "%s.lock", o->outbox);
	if ((rc = buf_check(&path, err)))
		return rc;
	rc = file_lock(path.p, false, &lock, &busy);
	if (rc == ERROR_BUSY)
		return 1;
	if (rc)
		return error_set(err, busy.code, "%s", busy.msg);
	return drain(p, o, left, err);
}

/* Whether something was put between the last look and the unlock: whoever
 * put it may have found the lock taken. */
static int look_again(struct outbox *ob, bool *is_due, struct error *err)
{
	int64_t next;

	return outbox_is_due(ob, clock_now(), is_due, &next, err);
}

static int post(const struct options *o, bool *left, struct error *err)
{
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	CLEANUP(forge_closep) struct forge *f = NULL;
	struct poster p;
	bool is_due = true;
	int rc;

	if ((rc = forge_http_init(err)) ||
	    (rc = forge_open(&o->forge, &f, err)) ||
	    (rc = outbox_open(o->outbox, &ob, err)) ||
	    (o->put.commit[0] != '\0' &&
	        (rc = outbox_put(ob, &o->put, clock_now(), err))) ||
	    (o->is_again && (rc = outbox_again(ob, err))))
		return rc;
	poster_forge(ob, f, o->forge.type, &p);
	while (is_due) {
		rc = round_locked(&p, o, left, err);
		if (rc)
			return rc < 0 ? rc : 0;
		if ((rc = look_again(ob, &is_due, err)))
			return rc;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .forge = { .agent = "sluice/" SLUICE_VERSION } };
	struct error err = { 0 };
	char text[1400];
	bool left = false;
	int rc;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout);
	if (parse(argc, argv, &o))
		return usage(stderr);
	rc = forge_type_find(o.type, &o.forge.type, &err);
	if (rc == 0 && !o.forge.type->has_ref)
		o.put.ref[0] = '\0';
	if (rc == 0)
		rc = post(&o, &left, &err);
	if (rc) {
		error_print(&err, text, sizeof(text));
		fprintf(stderr, "sluice-post: %s\n", text);
		return rc == ERROR_USAGE ? POST_USAGE : POST_LEFT;
	}
	return left ? POST_LEFT : POST_FINE;
}
