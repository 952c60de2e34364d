#ifndef SLUICE_TESTS_COMMAND_HELP_H
#define SLUICE_TESTS_COMMAND_HELP_H
/* What the tests of commands share: real interpreters in a real sandbox,
 * through a real worker. */
#include "tests/unit/cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/spawn.h"
#include "runner/worker.h"

#define OK(call)                                                            \
	do {                                                                \
		struct error err = { 0 };                                   \
		if ((call) != 0)                                            \
			fail_msg("%s:%d: %s", __FILE__, __LINE__, err.msg); \
	} while (0)

/* The commands of the built-in actions. */
#define PYTHON "/usr/bin/python3 -B -s {{@file}}"
#define BASH "/bin/bash {{@file}}"
#define RSCRIPT "/usr/bin/Rscript --vanilla {{@file}}"

struct bench {
	const char *way; /* git config sluice.sandbox */
	char dir[256], worker_path[512];
	struct worker *w;
};

/* One execution: what goes in, and what came of it. */
struct trial {
	const char *run, *file, *body; /* file "x.sh", run BASH unless said */
	int body_line;
	const char *columns, *part; /* of input "p"; NULL: no input */
	const char *null;
	const char *helper, *helper_text;
	int64_t timeout_ms, memory_bytes;
	const char *sandbox; /* NULL: the bench's */
	char job[512]; /* its directory, which stays */
	json_t *reply;
	struct buf log;
};

static inline void worker_path(char *out, size_t size)
{
	const char *build = getenv("BUILD");

	snprintf(out, size, "%s/sluice-worker",
	    build ? build : "build/release");
	if (access(out, X_OK) < 0)
		fail_msg("%s is not built", out);
}

static inline int bench_open_way(const char *way, void **state)
{
	struct bench *b = mem_alloc(sizeof(*b));

	b->way = way;
	OK(file_make_temp_dir("/tmp", b->dir, sizeof(b->dir), &err));
	worker_path(b->worker_path, sizeof(b->worker_path));
	OK(worker_open(&(struct worker_options){ .program = b->worker_path,
	                   .sandbox = way },
	    &b->w, &err));
	*state = b;
	return 0;
}

/* Both ways to perform a sandbox: each test is run in each. */
static inline int bench_open(void **state)
{
	return bench_open_way("namespaces", state);
}

static inline int bench_open_bubblewrap(void **state)
{
	return bench_open_way("bubblewrap", state);
}

static inline int bench_close(void **state)
{
	struct bench *b = *state;

	if (b == NULL) /* it did not open */
		return 0;
	worker_close(b->w);
	OK(file_remove_tree(b->dir, &err));
	mem_free(b);
	return 0;
}

static inline int temp_file(const struct bench *b, const char *text)
{
	int fd = -1;

	OK(file_open_temp(b->dir, &fd, &err));
	if (text != NULL)
		OK(file_write_fd(fd, bytes_of(text), &err));
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static inline json_t *trial_request(const struct trial *t)
{
	json_t *columns = t->columns ? json_loads(t->columns, 0, NULL) : NULL;
	json_t *inputs = json_array(), *helpers = json_array();

	if (t->columns != NULL)
		json_array_append_new(inputs,
		    json_pack("{s:s,s:o,s:i,s:[{s:i}]}", "name", "p", "columns",
		        columns, "rows", 0, "parts", "bytes",
		        (int)strlen(t->part)));
	if (t->helper != NULL)
		json_array_append_new(helpers,
		    json_pack("{s:s}", "name", t->helper));
	return json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:o,s:o,s:{s:s},s:i,s:I,"
	                 "s:I,s:s,s:s}",
	    "op", "run", "engine", "command", "body", t->body, "body_line",
	    t->body_line ? t->body_line : 1, "file", t->file ? t->file : "x.sh",
	    "run", t->run ? t->run : BASH, "inputs", inputs, "helpers", helpers,
	    "format", "null", t->null ? t->null : "", "threads", 1,
	    "timeout_ms", (json_int_t)(t->timeout_ms ? t->timeout_ms : 60000),
	    "memory_bytes", (json_int_t)t->memory_bytes, "directory", t->job,
	    "sandbox", t->sandbox);
}

static inline void trial_run(struct bench *b, struct trial *t)
{
	int fds[3], n = 0, i;
	json_t *request;

	if (t->sandbox == NULL)
		t->sandbox = b->way;
	OK(file_make_temp_dir(b->dir, t->job, sizeof(t->job), &err));
	request = trial_request(t);
	assert_non_null(request);
	fds[n++] = temp_file(b, NULL);
	if (t->columns != NULL)
		fds[n++] = temp_file(b, t->part);
	if (t->helper != NULL)
		fds[n++] = temp_file(b, t->helper_text);
	OK(worker_call(b->w,
	    &(struct worker_call){ .request = request,
	        .fds = fds,
	        .n_fds = (size_t)n,
	        .timeout_ms = t->timeout_ms ? t->timeout_ms : 60000 },
	    &t->reply, &err));
	lseek(fds[0], 0, SEEK_SET);
	OK(file_read_fd(fds[0], 64 << 20, &t->log, &err));
	for (i = 0; i < n; i++)
		close(fds[i]);
	json_decref(request);
}

static inline void trial_clear(struct trial *t)
{
	json_decref(t->reply);
	buf_clear(&t->log);
	file_remove_tree(t->job, NULL);
}

static inline const char *said(const struct trial *t, const char *key)
{
	return json_str_or(t->reply, key, "");
}

static inline int number(const struct trial *t, const char *key)
{
	return (int)json_integer_value(json_object_get(t->reply, key));
}

static inline const char *log_text(const struct trial *t)
{
	return t->log.p ? t->log.p : "";
}

static inline void expect_ok(const struct trial *t)
{
	if (strcmp(said(t, "status"), "ok") != 0)
		fail_msg("%s: %s\n%s", said(t, "failure"), said(t, "message"),
		    log_text(t));
}

static inline void expect_failed(const struct trial *t, const char *failure)
{
	if (strcmp(said(t, "failure"), failure) != 0)
		fail_msg("%s, not %s: %s\n%s", said(t, "failure"), failure,
		    said(t, "message"), log_text(t));
	assert_string_equal(said(t, "status"), "failed");
}

static inline void expect_log(const struct trial *t, const char *text)
{
	if (strcmp(log_text(t), text) != 0)
		fail_msg("the log is\n%s\nnot\n%s", log_text(t), text);
}

/* A file of the job directory, as text. */
static inline void expect_file(const struct trial *t, const char *name,
    const char *text)
{
	CLEANUP(buf_clear) struct buf got = { 0 };
	char path[800];

	snprintf(path, sizeof(path), "%s/%s", t->job, name);
	OK(file_read(path, 64 << 20, &got, &err));
	if (strcmp(got.p ? got.p : "", text) != 0)
		fail_msg("%s is\n%s\nnot\n%s", name, got.p ? got.p : "", text);
}

/* A bash body that must end well and print text. */
static inline void expect_prints(struct bench *b, const char *body,
    const char *text)
{
	struct trial t = { .body = body };

	trial_run(b, &t);
	expect_ok(&t);
	expect_log(&t, text);
	trial_clear(&t);
}

/* Whether a sandbox can be built here at all, asked without our code. */
static inline bool has_sandbox(void)
{
	const char *argv[] = { "/usr/bin/bwrap", "--unshare-user", "--ro-bind",
		"/", "/", "/bin/true", NULL };
	struct spawn_end end = { 0 };
	pid_t pid;

	if (spawn_start(&(struct spawn){ .argv = argv }, &pid, NULL) ||
	    spawn_wait(pid, -1, &end, NULL))
		return false;
	return end.exit == 0 && end.signal == 0;
}

#endif
