/* worker: see worker.h. The control side; worker_serve.c is the other. */
#define _GNU_SOURCE
#include "runner/worker.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/result.h"
#include "runner/cgroup.h"
#include "runner/confine.h"
#include "runner/spawn.h"

enum {
	GRACE_MS = 5000, /* of the worker, behind the job's own limit */
	SLICE_MS = 50, /* how often "cancelled" is looked at */
	GOODBYE_MS = 2000, /* to end a command's processes after a hang-up */
};

static const char *const engines[] = { "sqlite", "duckdb", "command" };

enum {
	COMMANDS = ARRAY_LEN(engines) - 1 /* the place of "command" */
};

struct process {
	pid_t pid; /* 0: not running */
	int sock, words; /* words: what it says on its way out */
};

struct worker {
	struct worker_options options;
	char *program, *sandbox, *duckdb, *spill;
	struct process processes[ARRAY_LEN(engines)];
};

int worker_open(const struct worker_options *options, struct worker **out,
    struct error *err)
{
	struct worker *w = mem_alloc(sizeof(*w));
	char path[PATH_MAX]; /* the process starts in another directory */
	bool is_there = realpath(options->program, path) != NULL;
	size_t i;

	*out = NULL;
	if (w == NULL)
		return error_memory(err);
	w->options = *options;
	for (i = 0; i < ARRAY_LEN(w->processes); i++)
		w->processes[i].sock = w->processes[i].words = -1;
	w->program = mem_strdup(is_there ? path : options->program);
	w->sandbox = mem_strdup(options->sandbox);
	w->duckdb = mem_strdup(options->duckdb ? options->duckdb : "");
	w->spill = mem_strdup(options->spill ? options->spill : "");
	if (w->program == NULL || w->sandbox == NULL || w->duckdb == NULL ||
	    w->spill == NULL) {
		worker_close(w);
		return error_memory(err);
	}
	*out = w;
	return 0;
}

static int start(const struct worker *w, struct process *p, struct error *err)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin",
		"LC_ALL=C.UTF-8", "TZ=UTC", NULL };
	const char *argv[] = { w->program, NULL };
	CLEANUP(fd_close) int theirs = -1;
	int pair[2];
	int rc;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_sys(err, "socket pair");
	p->sock = pair[0];
	theirs = pair[1];
	if ((rc = file_open_memory(&p->words, err)))
		return rc;
	rc = spawn_start(&(struct spawn){ .argv = argv,
	                     .env = env,
	                     .fds = (int[]){ -1, -1, p->words, theirs },
	                     .n_fds = 4 },
	    &p->pid, err);
	if (rc)
		error_wrap(err, "worker");
	return rc;
}

/* Ends the process: by end of file, and where it does not follow within
 * patience_ms, by SIGKILL; *end is zero then. What it spilled goes. */
static void stop(const struct worker *w, struct process *p, int64_t patience_ms,
    struct spawn_end *end)
{
	struct confine_place spilled;

	*end = (struct spawn_end){ 0 };
	fd_close(&p->sock);
	if (p->pid > 0 && spawn_wait(p->pid, patience_ms, end, NULL))
		spawn_kill(p->pid);
	if (p->pid > 0 && p == &w->processes[COMMANDS])
		cgroup_remove(p->pid);
	if (p->pid > 0 && *w->spill != '\0') {
		confine_spill_name(w->spill, p->pid, &spilled);
		file_remove_tree(spilled.path, NULL);
	}
	p->pid = 0;
}

void worker_close(struct worker *w)
{
	struct spawn_end end;
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i < ARRAY_LEN(w->processes); i++) {
		stop(w, &w->processes[i], GOODBYE_MS, &end);
		fd_close(&w->processes[i].words);
	}
	mem_free(w->program);
	mem_free(w->sandbox);
	mem_free(w->duckdb);
	mem_free(w->spill);
	mem_free(w);
}

void worker_closep(struct worker **w)
{
	worker_close(*w);
	*w = NULL;
}

static bool is_cancelled(const struct worker *w)
{
	return w->options.cancelled != NULL &&
	    atomic_load(w->options.cancelled);
}

static int failed_reply(enum failure_class failure, const char *message,
    json_t **reply, struct error *err)
{
	*reply = json_pack("{s:s,s:s,s:s%}", "status", "failed", "failure",
	    failure_name(failure), "message", message, strlen(message));
	return *reply ? 0 : error_memory(err);
}

/* The last words of a process that died, for the house: not of a user's
 * code, which has its log. */
static int died_reply(const struct worker *w, struct process *p, json_t **reply,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf words = { 0 }, message = { 0 };
	struct spawn_end end;
	size_t cut;
	int rc;

	/* its end of the socket closes a little before it is dead */
	stop(w, p, GOODBYE_MS, &end);
	buf_add_str(&message, "the worker process ");
	if (end.signal)
		buf_printf(&message, "was killed by signal %d%s", end.signal,
		    end.signal == SIGKILL ? ": the machine ran out of memory"
		                          : "");
	else if (end.exit == 0)
		buf_add_str(&message, "gave no answer");
	else
		buf_printf(&message, "ended with status %d", end.exit);
	if (lseek(p->words, 0, SEEK_SET) == 0 &&
	    file_read_fd(p->words, 1 << 20, &words, NULL) == 0 && words.n > 0) {
		buf_add_str(&message, ": ");
		cut = text_cut(buf_bytes(&words), 400);
		text_add_visible(&message, (struct bytes){ words.p, cut });
	}
	fd_close(&p->words);
	if (buf_check(&message, err))
		return ERROR_MEMORY;
	/* SIGKILL that is not ours is the kernel's, out of memory */
	rc = failed_reply(end.signal == SIGKILL ? FAILURE_MEMORY
	                                        : FAILURE_SURROUNDINGS,
	    message.p, reply, err);
	if (rc == 0 && json_object_set_new(*reply, "died", json_true()))
		rc = error_memory(err);
	return rc;
}

bool worker_died(const json_t *reply)
{
	return json_is_true(json_object_get(reply, "died"));
}

/* Ends a worker in the middle of a request. A command's worker ends what it
 * started by itself when it sees the end of file; SQL would not look. */
static void abandon(const struct worker *w, struct process *p,
    const struct worker_call *call)
{
	struct spawn_end end;
	bool is_command =
	    strcmp(json_str_or(call->request, "engine", ""), "command") == 0;

	stop(w, p, is_command ? GOODBYE_MS : 0, &end);
	fd_close(&p->words);
}

enum {
	WAS_EARLY = 1
};

/* The reply, or WAS_EARLY where it was a message before it; waited for in
 * slices, because an atomic flag wakes nobody. */
static int wait_slice(struct process *p, const struct worker_call *call,
    json_t **reply, struct error *err)
{
	int rc = protocol_wait_reply(p->sock, SLICE_MS, reply, err);

	if (rc || json_object_get(*reply, "early") == NULL)
		return rc;
	if (call->early != NULL)
		call->early(*reply, call->payload);
	json_decref(*reply);
	*reply = NULL;
	return WAS_EARLY;
}

static int wait_reply(const struct worker *w, struct process *p,
    const struct worker_call *call, json_t **reply, struct error *err)
{
	int64_t last = clock_mono() + call->timeout_ms + GRACE_MS;

	for (;;) {
		struct error why = { 0 };
		int rc = wait_slice(p, call, reply, &why);

		if (rc == 0)
			return 0;
		if (rc == ERROR_REMOTE)
			return died_reply(w, p, reply, err);
		if (rc != WAS_EARLY && rc != ERROR_TIMEOUT) {
			abandon(w, p, call);
			return error_set(err, why.code, "%s", why.msg);
		}
		if (is_cancelled(w)) {
			abandon(w, p, call);
			return error_set(err, ERROR_CANCELLED, "cancelled");
		}
		/* what was said in time may lie here since */
		if (rc == ERROR_TIMEOUT && call->timeout_ms > 0 &&
		    clock_mono() > last) {
			abandon(w, p, call);
			return failed_reply(FAILURE_TIMEOUT,
			    "took longer than its limit", reply, err);
		}
	}
}

/* What the worker is told of its surroundings, unless the request says it.
 * jansson's shallow copy does not change its argument; its prototype does not
 * say so. */
static int send_request(const struct worker *w, const struct process *p,
    const struct worker_call *call, struct error *err)
{
	union {
		const json_t *given;
		json_t *copied;
	} request = { call->request };
	json_auto_t *full = json_copy(request.copied);

	if (full == NULL ||
	    (json_object_get(full, "sandbox") == NULL &&
	        json_object_set_new(full, "sandbox",
	            json_string(w->sandbox))) ||
	    (*w->duckdb != '\0' &&
	        json_object_set_new(full, "library", json_string(w->duckdb))) ||
	    (*w->spill != '\0' &&
	        json_object_set_new(full, "spill", json_string(w->spill))))
		return error_memory(err);
	return protocol_send(p->sock, full, call->fds, call->n_fds, err);
}

/* The process for a request; the last for what no engine is. */
static struct process *process_for(struct worker *w, const json_t *request)
{
	const char *name = json_str_or(request, "engine", "");
	size_t i = 0;

	while (i < ARRAY_LEN(engines) - 1 && strcmp(engines[i], name) != 0)
		i++;
	return &w->processes[i];
}

static int call_once(struct worker *w, const struct worker_call *call,
    json_t **reply, struct error *err)
{
	struct process *p = process_for(w, call->request);
	struct error why = { 0 };
	int rc;

	*reply = NULL;
	if (is_cancelled(w))
		return error_set(err, ERROR_CANCELLED, "cancelled");
	if (p->pid == 0 && (rc = start(w, p, err)) != 0) {
		struct spawn_end end;

		stop(w, p, 0, &end);
		fd_close(&p->words);
		return rc;
	}
	rc = send_request(w, p, call, &why);
	if (rc == ERROR_REMOTE)
		return died_reply(w, p, reply, err);
	if (rc) {
		abandon(w, p, call);
		return error_set(err, why.code, "%s", why.msg);
	}
	return wait_reply(w, p, call, reply, err);
}

int worker_call(struct worker *w, const struct worker_call *call,
    json_t **reply, struct error *err)
{
	int rc = call_once(w, call, reply, err);

	if (rc || !call->is_question || !worker_died(*reply))
		return rc;
	json_decref(*reply);
	return call_once(w, call, reply, err);
}
