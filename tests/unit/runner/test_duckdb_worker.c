/* SQL in the worker's process, by DuckDB: see worker_help.h. Its database stays
 * open from one job to the next, and nothing of a job may stay in it. */
#include "tests/unit/runner/duckdb_help.h"
#include "tests/unit/runner/worker_help.h"

static const char *const bodies[] = {
	"SELECT id, random() AS a, uuid() AS b FROM p",
	"SELECT id FROM p ORDER BY random() LIMIT 2",
	"SELECT now()::TIMESTAMP AS a, current_date AS b",
	"CREATE TEMP TABLE t AS SELECT id, d FROM p; SELECT * FROM t",
	"SELECT * FROM t",
	"CREATE TEMP MACRO sum(x) AS 7; SELECT sum(id) AS s FROM p",
	"SELECT sum(id) AS s, string_agg(x, ' ') AS t FROM p",
	"CREATE TEMP VIEW p AS SELECT 1 AS id; SELECT * FROM p",
	"PIVOT p ON id USING max(x) GROUP BY d",
	"PIVOT p ON id USING max(error('no')) GROUP BY d",
	"CREATE TEMP TABLE q AS PIVOT p ON id USING max(nope); SELECT 1 AS a",
	"SELECT setseed(0.5), (SELECT count(*) FROM p USING SAMPLE 50% (bernoulli)) AS n",
	"SELECT id FROM p USING SAMPLE 2",
	"SELECT nope FROM p",
	"SELECT d::VARCHAR::INTEGER AS i FROM p",
	"SELECT typeof(x) AS t, TIMESTAMPTZ '2020-06-01 12:00:00+00' AS z FROM p",
};

enum {
	N = sizeof(bodies) / sizeof(bodies[0])
};

static void test_workers_agree(void **state)
{
	char *first[N];
	size_t i;

	(void)state;
	workers_agree("duckdb", bodies, N, first);
	assert_non_null(strstr(first[2], "2026-11-20 00:00:00,2026-11-20"));
	assert_non_null(strstr(first[4], "Table with name t does not exist"));
	assert_non_null(strstr(first[5], "7"));
	assert_non_null(strstr(first[6], "10,0.1 0.2 0.3"));
	assert_non_null(strstr(first[8], "2020-01-01,0.1,,,"));
	for (i = 0; i < N; i++)
		mem_free(first[i]);
}

/* Limits are a job's: the next one has its own again. */
static void test_limits_are_a_jobs(void **state)
{
	struct worker *w = start();
	struct call c = call_open();
	const char *sql = "SELECT count(*) AS n FROM (SELECT DISTINCT "
	                  "md5(range::VARCHAR) FROM range(300000))";
	char *first, *again;

	(void)state;
	json_object_set_new(c.request, "engine", json_string("duckdb"));
	json_object_set_new(c.request, "threads", json_integer(2));
	first = answer(&c, w, sql);
	assert_non_null(strstr(first, "300000"));
	json_object_set_new(c.request, "threads", json_integer(1));
	json_object_set_new(c.request, "memory_bytes", json_integer(4000000));
	again = answer(&c, w, sql);
	assert_non_null(strstr(again, "@memory"));
	mem_free(again);
	json_object_del(c.request, "memory_bytes");
	again = answer(&c, w, sql);
	assert_string_equal(again, first);
	mem_free(again);
	mem_free(first);
	worker_close(w);
	call_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_workers_agree),
		cmocka_unit_test(test_limits_are_a_jobs),
	};

	if (!duckdb_is_here())
		return DUCKDB_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
