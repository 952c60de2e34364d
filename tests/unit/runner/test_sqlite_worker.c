/* SQL in the worker's process: what a job gives depends on its request alone,
 * not on the process nor on what ran in it before. */
#include <stdlib.h>

#include "cache/base/mem.h"
#include "runner/worker.h"
#include "tests/unit/runner/sqlite_help.h"

static struct worker *start(void)
{
	const char *build = getenv("BUILD");
	char path[1000];
	struct worker *w = NULL;
	struct error err = { 0 };

	snprintf(path, sizeof(path), "%s/sluice-worker",
	    build ? build : "build/release");
	if (worker_open(
	        &(struct worker_options){ .program = path, .sandbox = "none" },
	        &w, &err))
		fail_msg("%s", err.msg);
	return w;
}

/* As call_sql(), "run", by a worker. */
static void call_worker(struct call *c, struct worker *w, const char *sql)
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
static char *answer(struct call *c, struct worker *w, const char *sql)
{
	CLEANUP(buf_clear) struct buf all = { 0 };
	char *reply;

	call_worker(c, w, sql);
	json_object_del(c->reply, "memory_bytes");
	reply = json_dumps(c->reply, JSON_SORT_KEYS);
	buf_printf(&all, "%s\n%s", reply, c->output.p);
	free(reply);
	return buf_steal(&all);
}

static const char *const bodies[] = {
	"SELECT id, random() AS a, hex(randomblob(8)) AS b FROM p",
	"SELECT id FROM p ORDER BY random() LIMIT 2",
	"SELECT datetime('now', 'localtime') AS a, CURRENT_DATE AS b",
	"CREATE TEMP TABLE t AS SELECT id, d FROM p; SELECT * FROM t",
	"SELECT * FROM t",
	"SELECT group_concat(x) AS s, total(x) AS y FROM p",
	"SELECT nope FROM p",
};

static void test_workers_agree(void **state)
{
	enum {
		N = sizeof(bodies) / sizeof(bodies[0])
	};
	struct worker *one = start(), *two = start();
	struct call c = call_open();
	char *first[N];
	size_t i, n;

	(void)state;
	call_input(&c, "p", "id integer, d date, x real",
	    "1,2020-01-01,0.1\n2,,0.2\n3,1999-12-31,0.3\n4,,\n");
	for (i = 0; i < N; i++)
		first[i] = answer(&c, one, bodies[i]);
	for (n = 0; n < 3; n++)
		for (i = N; i-- > 0;) {
			char *again = answer(&c, n == 1 ? one : two, bodies[i]);

			assert_string_equal(again, first[i]);
			mem_free(again);
		}
	assert_non_null(strstr(first[2], "2026-11-20 00:00:00,2026-11-20"));
	assert_non_null(strstr(first[4], "no such table: t"));
	for (i = 0; i < N; i++)
		mem_free(first[i]);
	worker_close(one);
	worker_close(two);
	call_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_workers_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
