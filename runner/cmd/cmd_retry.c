/* sluice retry: executes failed nodes again, under the same keys; in a clone
 * the server is asked to. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/cmd/asked.h"
#include "runner/cmd/nodepath.h"
#include "runner/cmd/send.h"

struct args {
	const char *rev, *reason;
	char *const *nodes;
	int n_nodes;
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
	/* no revision begins with a slash */
	if (optind < argc && argv[optind][0] != '/')
		a->rev = argv[optind++];
	a->nodes = &argv[optind];
	a->n_nodes = argc - optind;
	return true;
}

/* Nodes and directories that are named, as lines; none where the root is. */
static int add_nodes(const struct subject *s, const struct args *a,
    struct ask *ask, struct error *err)
{
	CLEANUP(buf_clear) struct buf only = { 0 };
	int i, rc;

	for (i = 0; i < a->n_nodes; i++) {
		CLEANUP(buf_clear) struct buf path = { 0 };

		nodepath_add(&path, s->context.prefix);
		nodepath_add(&path, a->nodes[i]);
		if ((rc = buf_check(&path, err)))
			return rc;
		if (path.n == 0)
			return 0;
		buf_printf(&only, "%s\n", path.p);
	}
	if ((rc = buf_check(&only, err)))
		return rc;
	if (text_utf8_error(buf_bytes(&only)) != only.n)
		return error_set(err, ERROR_USAGE, "no node has such a name");
	if (only.n >= sizeof(ask->only))
		return error_set(err, ERROR_USAGE,
		    "too many nodes to name; name their directory, or none: "
		    "then all that failed is executed");
	snprintf(ask->only, sizeof(ask->only), "%s", buf_bytes(&only).p);
	return 0;
}

static int make_ask(const struct subject *s, const struct args *a,
    struct ask *ask, struct error *err)
{
	struct bytes reason = bytes_of(a->reason ? a->reason : "");

	*ask = (struct ask){ .kind = ASK_RETRY };
	if (text_utf8_error(reason) != reason.n)
		return error_set(err, ERROR_USAGE, "the reason is not UTF-8");
	if (reason.n >= sizeof(ask->reason))
		return error_set(err, ERROR_USAGE,
		    "the reason has more than %zu bytes",
		    sizeof(ask->reason) - 1);
	snprintf(ask->branch, sizeof(ask->branch), "%.200s", s->branch);
	memcpy(ask->commit, s->commit, sizeof(ask->commit));
	snprintf(ask->reason, sizeof(ask->reason), "%s", reason.p);
	return add_nodes(s, a, ask, err);
}

static int perform(const struct subject *s, const struct ask *ask, bool is_json)
{
	const struct asked asked = { .context = &s->context,
		.refs = s->refs,
		.db = s->db,
		.ask = ask,
		.user = subject_user(),
		.now = clock_now() };
	CLEANUP(asked_done_clear) struct asked_done done = { 0 };
	struct error err = { 0 };
	json_auto_t *out = NULL;

	if (s->db == NULL)
		error_set(&err, ERROR_USAGE,
		    "no runner has worked here: nothing failed");
	if (s->db == NULL || asked_perform(&asked, &done, &err))
		return cmd_fail(&err);
	if (!is_json) {
		puts(done.words.p);
		return EXIT_FINE;
	}
	out = json_pack("{s:s,s:s,s:I}", "branch", s->branch, "commit",
	    s->commit, "request", (json_int_t)done.request);
	return cmd_print_json(out);
}

static bool is_desk(void)
{
	CLEANUP(context_clear) struct context c = { 0 };

	return context_open(NULL, &c, NULL) == 0 && c.work_tree != NULL;
}

/* A desk has no queue: `sluice run --retry`, here and now. */
static int retry_here(const struct args *a)
{
	static char run[] = "run", again[] = "--retry", json[] = "--json";
	CLEANUP(mem_freep)
	char **argv = mem_array((size_t)a->n_nodes + 6, sizeof(*argv));
	struct error err = { 0 };
	int n = 0, i;

	if (a->reason != NULL)
		error_set(&err, ERROR_USAGE,
		    "a reason is for the record of a server's run");
	else if (argv == NULL)
		error_memory(&err);
	if (err.code || argv == NULL)
		return cmd_fail(&err);
	argv[n++] = run;
	argv[n++] = again;
	if (a->is_json)
		argv[n++] = json;
	for (i = 0; i < a->n_nodes; i++)
		argv[n++] = a->nodes[i];
	optind = 0; /* getopt begins anew */
	return cmd_run(n, argv);
}

int cmd_retry(int argc, char **argv)
{
	CLEANUP(subject_clear) struct subject s = { 0 };
	CLEANUP(sent_clear) struct sent sent = { 0 };
	struct args a = { 0 };
	struct error err = { 0 };
	struct ask ask;

	if (!parse(argc, argv, &a))
		return cmd_usage("retry");
	if (a.rev == NULL && is_desk())
		return retry_here(&a);
	if (subject_open(a.rev, &s, &err) || make_ask(&s, &a, &ask, &err))
		return cmd_fail(&err);
	if (!s.is_clone)
		return perform(&s, &ask, a.is_json);
	return send_ask(&s, &ask, &sent, &err)
	    ? cmd_fail(&err)
	    : sent_print(&sent, &s, a.is_json);
}
