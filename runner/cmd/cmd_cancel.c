/* sluice cancel: stops what is queued or running; in a clone the server is
 * asked to. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "runner/cmd/asked.h"
#include "runner/cmd/send.h"
#include "runner/control.h"

static int say(size_t n, const char *words, bool is_json)
{
	json_auto_t *out = NULL;

	if (!is_json) {
		puts(words);
		return EXIT_FINE;
	}
	out = json_pack("{s:I}", "cancelled", (json_int_t)n);
	return cmd_print_json(out);
}

/* On a server, without a revision: all that waits and runs. */
static int cancel_all(const struct subject *s, bool is_json)
{
	char reason[160], words[64];
	const struct control_request request = { .reason = reason,
		.now = clock_now() };
	struct error err = { 0 };
	size_t n;

	snprintf(reason, sizeof(reason), "cancelled by %.128s", subject_user());
	if (control_cancel(s->db, &request, &n, &err))
		return cmd_fail(&err);
	snprintf(words, sizeof(words), "cancelled %zu", n);
	return say(n, words, is_json);
}

static int cancel(const struct subject *s, const struct ask *ask, bool is_json)
{
	const struct asked asked = { .context = &s->context,
		.refs = s->refs,
		.db = s->db,
		.ask = ask,
		.user = subject_user(),
		.now = clock_now() };
	CLEANUP(asked_done_clear) struct asked_done done = { 0 };
	struct error err = { 0 };

	return asked_perform(&asked, &done, &err)
	    ? cmd_fail(&err)
	    : say(done.n, done.words.p, is_json);
}

static int cancel_there(const struct subject *s, const struct ask *ask,
    bool is_json)
{
	CLEANUP(sent_clear) struct sent sent = { 0 };
	struct error err = { 0 };

	return send_ask(s, ask, &sent, &err) ? cmd_fail(&err)
	                                     : sent_print(&sent, s, is_json);
}

/* In a clone never more than one commit's run is meant. */
static int cancel_rev(const char *rev, bool is_json)
{
	CLEANUP(subject_clear) struct subject s = { 0 };
	struct ask ask = { .kind = ASK_CANCEL };
	struct error err = { 0 };

	if (subject_open(rev, &s, &err))
		return cmd_fail(&err);
	snprintf(ask.branch, sizeof(ask.branch), "%.200s", s.branch);
	memcpy(ask.commit, s.commit, sizeof(ask.commit));
	if (s.is_clone)
		return cancel_there(&s, &ask, is_json);
	if (s.db == NULL) {
		error_set(&err, ERROR_NOT_FOUND, "no runner has worked here");
		return cmd_fail(&err);
	}
	return rev ? cancel(&s, &ask, is_json) : cancel_all(&s, is_json);
}

int cmd_cancel(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	bool is_json = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'J')
			return cmd_usage("cancel");
		is_json = true;
	}
	if (argc - optind > 1)
		return cmd_usage("cancel");
	return cancel_rev(optind < argc ? argv[optind] : NULL, is_json);
}
