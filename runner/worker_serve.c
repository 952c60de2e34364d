/* worker_serve: see worker.h. The worker's side: one request after another. */
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/result.h"
#include "runner/confine.h"
#include "runner/engine.h"
#include "runner/spawn.h"
#include "runner/worker.h"

static const struct engine {
	const char *name;
	/* what it needs of the machine's files, before it is locked in; NULL:
	 * it is not, because it starts programs */
	int (*load)(const struct engine_job *job, struct error *err);
	int (*execute)(const struct engine_job *job, json_t *reply,
	    struct error *err);
} engines[] = {
	{ "sqlite", engine_sqlite_load, engine_sqlite },
	{ "duckdb", engine_duckdb_load, engine_duckdb },
	{ "command", NULL, engine_command },
};

/* What is so from the first request on. */
struct lock {
	bool is_loaded;
	bool is_shut;
	struct error why; /* it could not be: no SQL is run then, ever */
	struct confine_place place;
};

/* One request as it came. */
struct serving {
	json_t *request;
	int *fds;
	size_t n;
};

static void serving_clear(struct serving *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		fd_close(&s->fds[i]);
	mem_free(s->fds);
	json_decref(s->request);
}

static size_t count_parts(const json_t *request)
{
	const json_t *inputs = json_object_get(request, "inputs");
	const char *op = json_str_or(request, "op", "");
	size_t i, n = 0;

	if (strcmp(op, "run") != 0 && strcmp(op, "parquet") != 0)
		return 0;
	for (i = 0; i < json_array_size(inputs); i++)
		n += json_array_size(
		    json_object_get(json_array_get(inputs, i), "parts"));
	return n;
}

/* Which descriptor is what: parts and helpers are counted in the request;
 * before them stand the log and the output, where they are sent. */
static int share_fds(const struct serving *s, int sock, struct engine_job *job,
    struct error *err)
{
	size_t before;

	*job = (struct engine_job){
		.request = s->request,
		.log = -1,
		.output = -1,
		.control = sock,
		.n_parts = count_parts(s->request),
		.n_helpers =
		    json_array_size(json_object_get(s->request, "helpers")),
	};
	before = s->n - job->n_parts - job->n_helpers;
	if (before > 2 || s->n < before)
		return error_set(err, ERROR_CORRUPT,
		    "a request with %zu descriptors for %zu parts and %zu "
		    "helpers",
		    s->n, job->n_parts, job->n_helpers);
	if (before > 0)
		job->log = s->fds[0];
	if (before > 1)
		job->output = s->fds[1];
	if (s->n > 0) {
		job->parts = s->fds + before;
		job->helpers = job->parts + job->n_parts;
	}
	return 0;
}

/* Locks the process in before its first SQL. What the engine is told of where
 * to make files is what it can reach now. */
static int shut(struct lock *lock, const struct engine *e,
    const struct engine_job *job, json_t *request, struct error *err)
{
	const char *way = json_str_or(request, "sandbox", "");
	int rc = 0;

	if (lock->is_shut && e->load == NULL)
		return error_set(err, ERROR_DENIED,
		    "a worker that runs SQL starts no program");
	if (e->load == NULL)
		return 0;
	if (!lock->is_loaded && (rc = e->load(job, err)) != 0)
		return rc;
	lock->is_loaded = true;
	if (!lock->is_shut && strcmp(way, "none") != 0) {
		lock->is_shut = true;
		confine_enter(json_str_or(request, "spill", ""), &lock->place,
		    &lock->why);
	}
	if (lock->why.code)
		return error_set(err, lock->why.code, "%s", lock->why.msg);
	if (lock->is_shut &&
	    json_object_set_new(request, "spill",
	        json_string(lock->place.path)))
		rc = error_memory(err);
	return rc;
}

static int execute(struct lock *lock, const struct engine_job *job,
    json_t *request, json_t *reply, struct error *err)
{
	const char *name = json_str_or(job->request, "engine", "");
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_LEN(engines); i++) {
		if (strcmp(engines[i].name, name) != 0)
			continue;
		rc = shut(lock, &engines[i], job, request, err);
		return rc ? rc : engines[i].execute(job, reply, err);
	}
	return error_set(err, ERROR_USAGE,
	    "this version of sluice runs no %s yet; action/sql/sqlite "
	    "runs here",
	    name);
}

/* An error of the surroundings in the words of a reply. */
static int add_failure(json_t *reply, const struct error *why,
    struct error *err)
{
	char text[sizeof(why->msg) + sizeof(why->path) + 64];
	enum failure_class failure =
	    why->code == ERROR_MEMORY ? FAILURE_MEMORY : FAILURE_SURROUNDINGS;

	error_print(why, text, sizeof(text));
	json_object_clear(reply);
	if (json_object_set_new(reply, "status", json_string("failed")) ||
	    json_object_set_new(reply, "failure",
	        json_string(failure_name(failure))) ||
	    json_object_set_new(reply, "message", json_words(text)))
		return error_memory(err);
	return 0;
}

static int serve_one(int sock, struct lock *lock, struct error *err)
{
	CLEANUP(serving_clear) struct serving s = { 0 };
	json_auto_t *reply = json_object();
	struct engine_job job;
	struct error why = { 0 };
	int rc = protocol_receive(sock, &s.request, &s.fds, &s.n, err);

	if (rc)
		return rc;
	if (reply == NULL)
		return error_memory(err);
	rc = share_fds(&s, sock, &job, &why);
	if (rc == 0)
		rc = execute(lock, &job, s.request, reply, &why);
	if (rc && why.code == 0) /* it failed without words */
		error_set(&why, (enum error_code)rc, "the engine failed");
	if (rc && (rc = add_failure(reply, &why, err)) != 0)
		return rc;
	return protocol_reply(sock, reply, err);
}

int worker_serve(int sock, bool *is_shut)
{
	struct lock lock = { 0 };
	struct error err = { 0 };
	int rc = spawn_adopt(&err);

	while (rc == 0)
		rc = serve_one(sock, &lock, &err);
	*is_shut = lock.is_shut;
	engine_duckdb_end();
	return rc == ERROR_NOT_FOUND ? 0 : 1;
}
