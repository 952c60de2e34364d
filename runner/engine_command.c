/* engine_command: see engine.h. A node's code run by an interpreter. */
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/cgroup.h"
#include "runner/command.h"
#include "runner/engine.h"

#define FILE_PLACE "{{@file}}"

enum {
	PROBE_MS = 60000
};

static void command_clear(struct command *c)
{
	words_clear(&c->read_only);
	words_clear(&c->words);
	words_clear(&c->env);
	words_clear(&c->more);
	vary_clear(&c->vary);
	fd_close(&c->inode);
}

/* A word with the file's name in place of FILE_PLACE; whether it was there. A
 * name that looks like an option is made a path. */
static bool add_word(struct words *out, const char *word, const char *file)
{
	const char *at = file ? strstr(word, FILE_PLACE) : NULL;

	if (at == NULL)
		words_add(out, word);
	else
		words_printf(out, "%.*s%s%s%s", (int)(at - word), word,
		    file[0] == '-' ? "./" : "", file, at + strlen(FILE_PLACE));
	return at != NULL;
}

/* The words of "run" or "probe"; the file at the end where it has no place. */
static int read_words(struct command *c, struct error *err)
{
	CLEANUP(words_clear) struct words line = { 0 };
	const char *text;
	bool has_file = c->is_probe;
	size_t i;
	int rc = json_get_str(c->job->request, c->is_probe ? "probe" : "run",
	    &text, err);

	if (rc || (rc = words_split(text, &line, err)))
		return rc;
	if (line.n == 0)
		return error_set(err, ERROR_SYNTAX,
		    "the action's command is empty");
	for (i = 0; i < line.n; i++)
		has_file |= add_word(&c->words, line.v[i], c->file);
	if (!has_file)
		add_word(&c->words, FILE_PLACE, c->file);
	return words_check(&c->words, err);
}

static int read_request(struct command *c, struct error *err)
{
	const json_t *r = c->job->request;
	const char *op = json_str_or(r, "op", "");

	c->is_probe = strcmp(op, "probe") == 0;
	if (!c->is_probe && strcmp(op, "run") != 0)
		return error_set(err, ERROR_USAGE,
		    "a command does not know the operation \"%s\"", op);
	if (!sandbox_way_of(json_str_or(r, "sandbox", ""), &c->sandbox.way))
		return error_set(err, ERROR_USAGE,
		    "a command does not know the sandbox \"%s\"",
		    json_str_or(r, "sandbox", ""));
	c->is_varied = !c->is_probe && json_is_true(json_object_get(r, "vary"));
	/* other surroundings are options of bubblewrap's */
	if (c->is_varied && c->sandbox.way == SANDBOX_OWN)
		c->sandbox.way = SANDBOX_BUBBLEWRAP;
	c->directory = json_str_or(r, "directory", NULL);
	if (!c->is_probe) {
		int rc = json_get_str(r, "file", &c->file, err);

		if (rc)
			return rc;
		if (c->directory == NULL)
			return error_set(err, ERROR_USAGE,
			    "a command needs a job directory");
	}
	c->timeout_ms = json_integer_value(json_object_get(r, "timeout_ms"));
	if (c->is_probe && c->timeout_ms <= 0)
		c->timeout_ms = PROBE_MS;
	return read_words(c, err);
}

/* A box becomes nobody by itself. */
static void set_nobody(struct command *c)
{
	c->sandbox.nobody =
	    geteuid() == 0 && c->sandbox.way == SANDBOX_BUBBLEWRAP
	    ? "/proc/self/exe"
	    : NULL;
}

static int set_sandbox(struct command *c, struct error *err)
{
	const json_t *r = c->job->request;
	json_int_t memory =
	    json_integer_value(json_object_get(r, "memory_bytes"));

	c->sandbox = (struct sandbox){
		.way = c->sandbox.way,
		.directory = c->directory,
		.read_only = &c->read_only,
		.memory_bytes = memory > 0 ? (uint64_t)memory : 0,
		.threads =
		    (int)json_integer_value(json_object_get(r, "threads")),
	};
	set_nobody(c);
	if (c->directory != NULL && c->sandbox.way != SANDBOX_NONE &&
	    geteuid() == 0 &&
	    os_chown(c->directory, SANDBOX_NOBODY, SANDBOX_NOBODY) < 0)
		return error_sys(err, "give the job directory to nobody");
	return c->sandbox.way == SANDBOX_NONE
	    ? sandbox_env(&c->sandbox, &c->env, err)
	    : 0;
}

/* Whether the machine lets bubblewrap alone make namespaces (AppArmor may):
 * ours were not built, and nothing of the command ran. */
static bool is_for_bubblewrap(const struct command *c,
    const struct command_end *end)
{
	return c->sandbox.way == SANDBOX_OWN && !end->built && !end->started &&
	    !end->timed_out && !end->overflowed && !end->hung_up;
}

/* The log begins again, too. */
static int execute_again(struct command *c, struct joblog *log,
    struct command_end *end, struct error *err)
{
	int rc = 0;

	joblog_clear(log);
	buf_clear(&end->printed);
	*end = (struct command_end){ 0 };
	c->sandbox.way = SANDBOX_BUBBLEWRAP;
	set_nobody(c);
	if (c->job->log >= 0)
		rc = file_empty(c->job->log, err);
	if (rc == 0)
		rc = joblog_init(log, c->job->log, err);
	return rc ? rc : command_execute(c, log, end, err);
}

/* Another execution of what was executed, in other surroundings. */
static int set_surroundings(struct command *c, struct error *err)
{
	int rc;

	if (!c->is_varied)
		return 0;
	if ((rc = vary_open(&c->vary, err)))
		return rc;
	if (c->sandbox.way == SANDBOX_NONE) {
		vary_environment(&c->vary, &c->env);
		return words_check(&c->env, err);
	}
	vary_sandbox(SANDBOX_FILTER + 1, &c->more);
	c->sandbox.more = &c->more;
	return words_check(&c->more, err);
}

static int run(struct command *c, struct joblog *log, json_t *reply,
    struct error *err)
{
	struct command_end end = { 0 };
	struct error why = { 0 };
	int rc = command_execute(c, log, &end, &why);

	if (rc == 0 && is_for_bubblewrap(c, &end))
		rc = execute_again(c, log, &end, &why);
	/* without bwrap there is nothing that could say so */
	if (rc == ERROR_NOT_FOUND && c->sandbox.way != SANDBOX_NONE)
		rc = 0;
	else if (rc)
		error_set(err, why.code, "%s", why.msg);
	else
		rc = joblog_finish(log, err);
	if (rc == 0)
		rc = command_explain(c, log, &end, reply, err);
	buf_clear(&end.printed);
	return rc;
}

static int find_program(const struct command *c, struct error *err)
{
	return sandbox_find_program(&c->sandbox,
	    c->words.n > 0 ? c->words.v[0] : "", err);
}

/* The limit of all its processes together. */
static int set_group(const struct command *c, struct error *err)
{
	int rc;

	if (c->sandbox.way == SANDBOX_NONE)
		return 0;
	if ((rc = cgroup_enter(err)) == 0)
		rc = cgroup_limit(c->sandbox.memory_bytes, err);
	if (rc)
		error_wrap(err, "the sandbox's control group");
	return rc;
}

int engine_command(const struct engine_job *job, json_t *reply,
    struct error *err)
{
	CLEANUP(command_clear)
	struct command c = { .job = job,
		.vary = { .fds = { -1, -1, -1 } },
		.inode = -1 };
	CLEANUP(joblog_clear) struct joblog log = { 0 };
	int rc;

	if ((rc = read_request(&c, err)) || (rc = set_sandbox(&c, err)) ||
	    (rc = set_surroundings(&c, err)) || (rc = find_program(&c, err)) ||
	    (rc = set_group(&c, err)) ||
	    (!c.is_probe && (rc = command_write_files(&c, err))) ||
	    (rc = joblog_init(&log, job->log, err)))
		return rc;
	return run(&c, &log, reply, err);
}
