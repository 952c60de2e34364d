#ifndef SLUICE_TESTS_WORKER_HELP_H
#define SLUICE_TESTS_WORKER_HELP_H
/*
 * worker_help -- bodies of SQL, each executed by two workers again and again:
 * what a job gives depends on its request alone, not on the process nor on
 * what ran in it before.
 *
 * Use        workers_agree("sqlite", bodies, n, first); first[i] is what body i
 *            gave, the caller's (mem_free).
 */
#include <stdlib.h>

#include "cache/base/mem.h"
#include "runner/worker.h"
#include "tests/unit/runner/sqlite_help.h"

static inline struct worker *start(void)
{
	const char *build = getenv("BUILD");
	char path[1000];
	struct worker *w = NULL;
	struct error err = { 0 };

	snprintf(path, sizeof(path), "%s/sluice-worker",
	    build ? build : "build/release");
	if (worker_open(&(struct worker_options){ .program = path,
	                    .sandbox = "namespaces" },
	        &w, &err))
		fail_msg("%s", err.msg);
	return w;
}

/* As call_sql(), "run", by a worker. */
static inline void call_worker(struct call *c, struct worker *w,
    const char *sql)
{
	int log = call_file((struct bytes){ "", 0 });
	int fds[2 + CALL_PARTS];
	int out = call_file((struct bytes){ "", 0 });
	struct error err = { 0 };

	call_forget(c);
	json_object_set_new(c->request, "op", json_string("run"));
	json_object_set_new(c->request, "body", json_string(sql));
	fds[0] = log;
	fds[1] = out;
	memcpy(fds + 2, c->parts, c->n_parts * sizeof(*fds));
	if (worker_call(w,
	        &(struct worker_call){ .request = c->request,
	            .fds = fds,
	            .n_fds = 2 + c->n_parts,
	            .timeout_ms = 60000 },
	        &c->reply, &err))
		fail_msg("%s", err.msg);
	lseek(out, 0, SEEK_SET);
	file_read_fd(out, FILE_MAX, &c->output, NULL);
	buf_add(&c->output, "", 0);
	close(log);
	close(out);
}

/* What may differ from one execution to another is in no reply but here. */
static inline char *answer(struct call *c, struct worker *w, const char *sql)
{
	CLEANUP(buf_clear) struct buf all = { 0 };

	call_worker(c, w, sql);
	json_object_del(c->reply, "memory_bytes");
	assert_int_equal(json_print(c->reply, &all, NULL), 0);
	buf_add_str(&all, c->output.p);
	return buf_steal(&all);
}

static inline void workers_agree(const char *engine, const char *const *bodies,
    size_t n_bodies, char **first)
{
	struct worker *one = start(), *two = start();
	struct call c = call_open();
	size_t i, n;

	json_object_set_new(c.request, "engine", json_string(engine));
	call_input(&c, "p", "id integer, d date, x real",
	    "1,2020-01-01,0.1\n2,,0.2\n3,1999-12-31,0.3\n4,,\n");
	for (i = 0; i < n_bodies; i++)
		first[i] = answer(&c, one, bodies[i]);
	for (n = 0; n < 3; n++)
		for (i = n_bodies; i-- > 0;) {
			char *again = answer(&c, n == 1 ? one : two, bodies[i]);

			assert_string_equal(again, first[i]);
			mem_free(again);
		}
	worker_close(one);
	worker_close(two);
	call_close(&c);
}

#endif
