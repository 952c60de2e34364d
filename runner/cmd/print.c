/* print: what all commands print in one way (cmd.h). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/mem.h"
#include "runner/cmd/cmd.h"
#include "runner/overrides.h"

static int status_of(enum error_code code)
{
	switch (code) {
	case ERROR_SYNTAX:
	case ERROR_CYCLE:
		return EXIT_PIPELINE;
	case ERROR_USAGE:
		return EXIT_USAGE;
	case ERROR_NODE:
		return EXIT_NODE;
	case ERROR_MEMORY:
	case ERROR_IO:
	case ERROR_NOT_FOUND:
	case ERROR_EXISTS:
	case ERROR_CORRUPT:
	case ERROR_DENIED:
	case ERROR_TIMEOUT:
	case ERROR_REMOTE:
	case ERROR_CANCELLED:
	case ERROR_BUSY:
	case ERROR_LIMIT:
		break;
	}
	return EXIT_SURROUNDINGS;
}

/* What to do where the operating system said no; "" where nobody knows. Its
 * words are in the message also where the number was lost on the way. */
static const char *advice(const struct error *err)
{
	static const struct {
		int sys;
		const char *words;
	} known[] = {
		{ ENOSPC,
		    "; make room (`sluice store gc` lays aside what no run "
		    "needs), then try again: what was finished is kept" },
		{ EDQUOT, "; make room, or ask for more" },
		{ EACCES, "; you have not the right here: ask who owns it" },
		{ EPERM, "; you have not the right here: ask who owns it" },
		{ EROFS, "; nothing can be written there" },
		{ EMFILE, "; raise the limit (ulimit -n)" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(known); i++) {
		if (err->sys == known[i].sys)
			return known[i].words;
		if (err->sys == 0 && err->code == ERROR_IO &&
		    strstr(err->msg, strerror(known[i].sys)) != NULL)
			return known[i].words;
	}
	return "";
}

int cmd_fail(const struct error *err)
{
	char text[sizeof(err->msg) + sizeof(err->path) + 64];

	/* whoever reads the output wants no more */
	if (err->sys == EPIPE)
		return EXIT_FINE;
	error_print(err, text, sizeof(text));
	fprintf(stderr, "sluice: %s%s\n", text, advice(err));
	return status_of(err->code);
}

bool cmd_refuse(const char *option, const char *takes, const char *given)
{
	fprintf(stderr, "sluice: %s takes %s, not '%s'\n", option, takes,
	    given);
	return false;
}

const struct cmd_number cmd_jobs = { "--jobs", "a number above 0", 1,
	SIZE_MAX };

bool cmd_parse_number(const struct cmd_number *number, const char *text,
    uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return (errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' &&
	           *out >= number->least && *out <= number->most) ||
	    cmd_refuse(number->option, number->takes, text);
}

const char *cmd_color(enum color color)
{
	static const char *const codes[] = { [COLOR_END] = "\033[0m",
		[COLOR_RED] = "\033[31m",
		[COLOR_GREEN] = "\033[32m" };
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') &&
	        terminal != NULL && strcmp(terminal, "dumb") != 0
	    ? codes[color]
	    : "";
}

int cmd_which_node(const char *name)
{
	fputs("sluice: which node? `sluice tree` lists them\n", stderr);
	return cmd_usage(name);
}

void cmd_tell_empty(const struct pipeline *p)
{
	if (p->n == 0 && p->n_errors == 0)
		fputs("sluice: no node is here: a node is a .csv file, or code "
		      "whose first lines say @include; `sluice init` makes "
		      "an example\n",
		    stderr);
}

int cmd_diagnostics(const struct pipeline *p)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	size_t i;

	for (i = 0; i < p->n_diagnostics; i++)
		diagnostic_print(&p->diagnostics[i], &b);
	if (b.n > 0 && !b.failed)
		fputs(b.p, stderr);
	return p->n_errors ? EXIT_PIPELINE : EXIT_FINE;
}

int cmd_overrides(struct pipeline *p, const struct run_request *rq,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct error why = { 0 };
	size_t i;
	int rc = overrides_check(p, rq, &why);

	if (rc == 0)
		return 0;
	/* warnings were told when the text was read */
	for (i = 0; i < p->n_diagnostics; i++)
		if (!p->diagnostics[i].is_warning)
			diagnostic_print(&p->diagnostics[i], &b);
	if (p->n_errors == 0 || b.failed)
		return error_set(err, why.code, "%s", why.msg);
	fputs(b.p, stderr);
	return error_set(err, why.code,
	    "the pipeline's text has %zu error%s (above); nothing was done",
	    p->n_errors, p->n_errors == 1 ? "" : "s");
}

int cmd_print_json(const json_t *value)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct error err = { 0 };

	/* the program has one value to print: nothing of it was left out */
	if (json_failures() > 0)
		error_memory(&err);
	else
		json_print(value, &b, &err);
	if (err.code)
		return cmd_fail(&err);
	fwrite(b.p, 1, b.n, stdout);
	return fflush(stdout) ? EXIT_SURROUNDINGS : EXIT_FINE;
}
