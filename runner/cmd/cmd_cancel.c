/* sluice cancel: stops what is queued or running. */
#include <getopt.h>
#include <stdio.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "runner/cmd/subject.h"
#include "runner/control.h"

/* Without a revision everything is meant. */
static int cancel(const char *rev, size_t *n, struct error *err)
{
	CLEANUP(subject_clear) struct subject s = { 0 };
	char words[160];
	struct control_request request = { .reason = words,
		.now = clock_now() };
	int rc = subject_open(rev, &s, err);

	if (rc)
		return rc;
	if (s.db == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "no runner has worked here");
	if (rev != NULL) {
		request.branch = s.branch;
		request.commit = s.commit;
	}
	snprintf(words, sizeof(words), "cancelled by %.128s", subject_user());
	return control_cancel(s.db, &request, n, err);
}

int cmd_cancel(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	struct error err = { 0 };
	json_auto_t *out = NULL;
	bool is_json = false;
	size_t n = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'J')
			return cmd_usage("cancel");
		is_json = true;
	}
	if (argc - optind > 1)
		return cmd_usage("cancel");
	if (cancel(optind < argc ? argv[optind] : NULL, &n, &err))
		return cmd_fail(&err);
	if (!is_json) {
		printf("cancelled %zu\n", n);
		return EXIT_FINE;
	}
	out = json_pack("{s:I}", "cancelled", (json_int_t)n);
	return cmd_print_json(out);
}
