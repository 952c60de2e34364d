/* sluice rollback: production serves again what it served before; in a clone
 * the server is asked to. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/cmd/rollback.h"
#include "runner/cmd/send.h"

struct args {
	const char *run, *reason;
	bool is_json;
};

static bool parse(int argc, char **argv, struct args *a)
{
	static const struct option options[] = {
		{ "reason", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'r')
			a->reason = optarg;
		else if (c == 'J')
			a->is_json = true;
		else
			return false;
	}
	if (optind < argc)
		a->run = argv[optind++];
	return optind == argc;
}

static int print(const struct rollback_way *way, const char *words,
    bool is_json)
{
	json_auto_t *out = NULL;

	if (!is_json) {
		puts(words);
		return EXIT_FINE;
	}
	out =
	    json_pack("{s:s,s:s,s:s,s:s}", "branch", way->run.branch, "commit",
	        way->run.commit, "run", way->run.id, "from", way->left.id);
	return cmd_print_json(out);
}

static int roll_back_here(const struct context *c, const struct args *a,
    struct refs *refs)
{
	CLEANUP(store_closep) struct store *store = NULL;
	CLEANUP(buf_clear) struct buf words = { 0 };
	struct rollback_way way;
	struct error err = { 0 };
	struct rollback r = { .refs = refs,
		.user = subject_user(),
		.reason = a->reason };

	if (rollback_find(c, refs, a->run, &way, &err) ||
	    context_store_read(c, &store, &err))
		return cmd_fail(&err);
	r.store = store;
	return rollback_perform(&r, &way, &words, &err)
	    ? cmd_fail(&err)
	    : print(&way, words.p, a->is_json);
}

/* What is meant is found here, in what was fetched this moment: the server is
 * told the run, and what we have seen it serve. */
static int make_ask(const struct subject *s, const struct args *a,
    struct ask *ask, struct error *err)
{
	CLEANUP(buf_clear) struct buf why_not = { 0 };
	struct rollback_way way;
	struct error why = { 0 };
	int rc = rollback_find(&s->context, s->refs, a->run, &way, &why);

	if (rc == ERROR_NOT_FOUND)
		remote_add_why(&s->remote, &why_not);
	if (rc)
		return error_set(err, why.code, "%s%s", why.msg,
		    why_not.p ? why_not.p : "");
	*ask = (struct ask){ .kind = ASK_ROLLBACK };
	snprintf(ask->branch, sizeof(ask->branch), "%.200s", way.run.branch);
	memcpy(ask->commit, way.run.commit, sizeof(ask->commit));
	memcpy(ask->run, way.run.id, sizeof(ask->run));
	memcpy(ask->production, way.from.id, sizeof(ask->production));
	snprintf(ask->reason, sizeof(ask->reason), "%s", a->reason);
	return 0;
}

static int roll_back_there(const struct args *a)
{
	CLEANUP(subject_clear) struct subject s = { 0 };
	CLEANUP(sent_clear) struct sent sent = { 0 };
	struct error err = { 0 };
	struct ask ask;

	if (subject_open("production", &s, &err) ||
	    make_ask(&s, a, &ask, &err) || send_ask(&s, &ask, &sent, &err))
		return cmd_fail(&err);
	return sent_print(&sent, &s, a->is_json);
}

int cmd_rollback(int argc, char **argv)
{
	CLEANUP(context_clear) struct context c = { 0 };
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct args a = { 0 };
	struct error err = { 0 };

	if (!parse(argc, argv, &a))
		return cmd_usage("rollback");
	if (rollback_check_reason(a.reason, &err) ||
	    context_open(NULL, &c, &err))
		return cmd_fail(&err);
	if (c.work_tree != NULL)
		return roll_back_there(&a);
	return refs_open(c.git_dir, &refs, &err) ? cmd_fail(&err)
	                                         : roll_back_here(&c, &a, refs);
}
