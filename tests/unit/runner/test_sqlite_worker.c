/* SQL in the worker's process, by SQLite: see worker_help.h. */
#include "tests/unit/runner/worker_help.h"

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
	char *first[N];
	size_t i;

	(void)state;
	workers_agree("sqlite", bodies, N, first);
	assert_non_null(strstr(first[2], "2026-11-20 00:00:00,2026-11-20"));
	assert_non_null(strstr(first[4], "no such table: t"));
	for (i = 0; i < N; i++)
		mem_free(first[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_workers_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
