/* command_explain: see command.h. What a command's end means, in words.
 * _GNU_SOURCE for memmem and sigabbrev_np. */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/result.h"
#include "runner/command.h"
#include "runner/quota.h"

enum {
	TAIL = 16 * 1024,
	LINE_MOST = 300,
	LINE_NUMBER_MOST = 100000000,
};

/* How interpreters say that memory ended. A limit of ours or the machine's
 * is not the code's fault for ever, so it is not remembered as one. */
static const char *const memory_words[] = { "MemoryError",
	"annot allocate memory", "cannot allocate vector", "memory exhausted",
	"std::bad_alloc", "out of memory", "Out of memory" };

static const struct {
	const char *before; /* of the number, behind the file's name */
} line_forms[] = { { "\", line " }, { ": line " }, { ":" } };

/* The number that text begins with, or 0. */
static int read_number(struct bytes text)
{
	int n = 0;
	size_t i;

	for (i = 0; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++) {
		if (n > LINE_NUMBER_MOST)
			return 0;
		n = 10 * n + (text.p[i] - '0');
	}
	return n;
}

/* The line that a form behind the file's name has, or 0. */
static int read_form(struct bytes text)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(line_forms); i++) {
		size_t n = strlen(line_forms[i].before);

		if (text.n > n && memcmp(text.p, line_forms[i].before, n) == 0)
			return read_number(
			    (struct bytes){ text.p + n, text.n - n });
	}
	return 0;
}

int command_error_line(struct bytes text, const char *file)
{
	size_t n = strlen(file);
	int line = 0;

	for (;;) {
		const char *at =
		    text.n > 0 ? memmem(text.p, text.n, file, n) : NULL;
		int found;

		if (at == NULL || n == 0)
			return line;
		text.n -= (size_t)(at - text.p) + n;
		text.p = at + n;
		found = read_form(text);
		if (found > 0)
			line = found;
	}
}

static struct bytes without_blanks(struct bytes text)
{
	while (text.n > 0 && strchr(" \t\r\n", text.p[text.n - 1]) != NULL)
		text.n--;
	return text;
}

/* Where the last line begins. */
static size_t last_line(struct bytes text)
{
	const char *lf = text.n > 0 ? memrchr(text.p, '\n', text.n) : NULL;

	return lf ? (size_t)(lf - text.p) + 1 : 0;
}

static bool begins(struct bytes text, size_t at, const char *word)
{
	size_t n = strlen(word);

	return text.n - at >= n && memcmp(text.p + at, word, n) == 0;
}

/* R closes with "Execution halted", and with calls and warnings before it:
 * what it means is the last "Error", which blanks carry on. */
static struct bytes find_error_of_r(struct bytes text)
{
	size_t at = last_line(text), end = text.n;

	while (at > 0 && !begins(text, at, "Error")) {
		if (text.p[at] != ' ')
			end = at;
		text.n = at - 1;
		at = last_line(text);
	}
	return without_blanks((struct bytes){ text.p + at, end - at });
}

/* "Sum.sh: line 3: " in front of what the shell says: the line is told. */
static struct bytes without_place(struct bytes text, const char *file)
{
	static const char form[] = ": line ";
	size_t n = file ? strlen(file) : 0, m = sizeof(form) - 1, at;

	if (n == 0 || !begins(text, 0, file) || !begins(text, n, form))
		return text;
	for (at = n + m; at < text.n && text.p[at] >= '0' && text.p[at] <= '9';)
		at++;
	if (!begins(text, at, ": "))
		return text;
	return (struct bytes){ text.p + at + 2, text.n - at - 2 };
}

/* The line of a log that says why. */
static struct bytes find_reason(struct bytes text, const char *file)
{
	size_t at;

	text = without_blanks(text);
	at = last_line(text);
	if (begins(text, at, "Execution halted"))
		return find_error_of_r(
		    without_blanks((struct bytes){ text.p, at }));
	return without_place((struct bytes){ text.p + at, text.n - at }, file);
}

/* As one line. */
static void add_reason(struct bytes text, const char *file, struct buf *out)
{
	CLEANUP(buf_clear) struct buf line = { 0 };
	size_t i;

	text = find_reason(text, file);
	text.n = text_cut(text, LINE_MOST);
	for (i = 0; i < text.n; i++) {
		bool is_blank = strchr(" \t\r\n", text.p[i]) != NULL;

		if (!is_blank)
			buf_add_char(&line, text.p[i]);
		else if (line.n > 0 && line.p[line.n - 1] != ' ')
			buf_add_char(&line, ' ');
	}
	text_add_visible(out, buf_bytes(&line));
}

static bool says_memory(struct bytes text)
{
	size_t i;

	for (i = 0; text.n > 0 && i < ARRAY_LEN(memory_words); i++)
		if (memmem(text.p, text.n, memory_words[i],
		        strlen(memory_words[i])) != NULL)
			return true;
	return false;
}

static int put_failure(json_t *reply, enum failure_class failure,
    const struct buf *message, struct error *err)
{
	if (buf_check(message, err))
		return ERROR_MEMORY;
	if (json_object_set_new(reply, "status", json_string("failed")) ||
	    json_object_set_new(reply, "failure",
	        json_string(failure_name(failure))) ||
	    json_object_set_new(reply, "message",
	        json_stringn(message->p, message->n)))
		return error_memory(err);
	return 0;
}

static enum failure_class explain_signal(int sig, struct buf *message)
{
	const char *name = sigabbrev_np(sig);

	buf_printf(message, "killed by signal %d (SIG%s)", sig,
	    name ? name : "?");
	if (sig == SIGXFSZ)
		buf_add_str(message, ": it wrote a file larger than 8 GiB");
	if (sig != SIGKILL)
		return FAILURE_SIGNAL;
	/* we did not, so the kernel did */
	buf_add_str(message,
	    ": the machine ran out of memory, or the code killed itself");
	return FAILURE_MEMORY;
}

static enum failure_class explain_sandbox(struct bytes tail,
    struct buf *message)
{
	buf_add_str(message, "the sandbox cannot be built: ");
	add_reason(tail, NULL, message);
	buf_add_str(message,
	    ". Install bubblewrap 0.8 or newer and allow user namespaces "
	    "(sysctl user.max_user_namespaces, "
	    "kernel.unprivileged_userns_clone); `git config sluice.sandbox "
	    "none` runs code without protection");
	return FAILURE_SURROUNDINGS;
}

static enum failure_class explain_exit(const struct command *c, int exit,
    struct bytes tail, struct buf *message)
{
	static const char not_started[] = ": failed to execute ";
	bool is_memory = says_memory(tail);
	size_t before;

	if (is_memory && c->sandbox.memory_bytes > 0)
		buf_printf(message, "out of memory (limit %llu MiB): ",
		    (unsigned long long)(c->sandbox.memory_bytes >> 20));
	before = message->n;
	add_reason(tail, c->file, message);
	if (message->n > before)
		buf_printf(message, " (exit status %d)", exit);
	else
		buf_printf(message, "exit status %d, and no word why", exit);
	/* its program is there but cannot be started here */
	if (c->is_probe ||
	    (exit >= 126 && tail.n > 0 &&
	        memmem(tail.p, tail.n, not_started, sizeof(not_started) - 1) !=
	            NULL))
		return FAILURE_SURROUNDINGS;
	return is_memory ? FAILURE_MEMORY : FAILURE_EXIT;
}

static enum failure_class explain(const struct command *c,
    const struct command_end *end, struct bytes tail, struct buf *message)
{
	if (end->hung_up) {
		buf_add_str(message, "cancelled");
		return FAILURE_CANCELLED;
	}
	if (end->timed_out) {
		buf_printf(message,
		    "took longer than its limit of %g s; @timeout raises it",
		    (double)c->timeout_ms / 1000);
		return FAILURE_TIMEOUT;
	}
	if (end->overflowed) {
		buf_printf(message,
		    "left more than %d files or %d GiB in its directory",
		    QUOTA_FILES, QUOTA_GIB);
		return FAILURE_OUTPUT;
	}
	if (!end->built)
		return explain_sandbox(tail, message);
	if (end->signal)
		return explain_signal(end->signal, message);
	return explain_exit(c, end->exit, tail, message);
}

static int explain_failure(const struct command *c, const struct joblog *log,
    const struct command_end *end, json_t *reply, struct error *err)
{
	CLEANUP(buf_clear) struct buf tail = { 0 }, message = { 0 };
	enum failure_class failure;
	int line;

	joblog_tail(log, TAIL, &tail);
	if (buf_check(&tail, err))
		return ERROR_MEMORY;
	failure = explain(c, end, buf_bytes(&tail), &message);
	line = c->file && end->exit
	    ? command_error_line(buf_bytes(&tail), c->file)
	    : 0;
	if (line > 0 && json_object_set_new(reply, "line", json_integer(line)))
		return error_memory(err);
	return put_failure(reply, failure, &message, err);
}

static int add_version(json_t *reply, struct bytes printed, struct error *err)
{
	json_t *version;

	while (printed.n > 0 &&
	    strchr(" \t\r\n", printed.p[printed.n - 1]) != NULL)
		printed.n--;
	version = json_stringn(printed.p ? printed.p : "", printed.n);
	if (version == NULL)
		return error_set(err, ERROR_SYNTAX,
		    "what the action's @probe prints is not UTF-8");
	return json_object_set_new(reply, "version", version)
	    ? error_memory(err)
	    : 0;
}

int command_explain(const struct command *c, const struct joblog *log,
    const struct command_end *end, json_t *reply, struct error *err)
{
	bool is_well = end->built && end->exit == 0 && end->signal == 0 &&
	    !end->timed_out && !end->overflowed && !end->hung_up;
	int rc = 0;

	if (json_object_set_new(reply, "exit",
	        json_integer(end->signal ? end->signal : end->exit)) ||
	    json_object_set_new(reply, "sandbox",
	        json_string(sandbox_way_name(c->sandbox.way))) ||
	    json_object_set_new(reply, "memory_bytes",
	        json_integer((json_int_t)end->memory_bytes)))
		return error_memory(err);
	if (!is_well)
		return explain_failure(c, log, end, reply, err);
	if (c->is_probe)
		rc = add_version(reply, buf_bytes(&end->printed), err);
	if (rc == 0 && json_object_set_new(reply, "status", json_string("ok")))
		rc = error_memory(err);
	return rc;
}
