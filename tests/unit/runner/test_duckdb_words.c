/* duckdb_words: the lists against the catalog of the library at hand. A new
 * version's function that asks for the time, draws by chance or looks beyond
 * the inputs is not in them, and fails here. */
#include <string.h>
#include <strings.h>

#include "runner/duckdb_job.h"
#include "tests/unit/runner/duckdb_help.h"

/* Table functions that give what their arguments say. */
static const char *const plain_tables[] = { "generate_series", "range",
	"repeat", "repeat_row", "unnest", "json_each", "json_tree", "summary",
	"histogram", "histogram_values", "icu_calendar_names", "test_all_types",
	"test_vector_types", NULL };

static bool is_in(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcasecmp(name, *list) == 0)
			return true;
	return false;
}

static bool is_guarded(const char *name)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	struct arena a = { 0 };
	struct error err = { 0 };
	size_t at;
	int rc;

	buf_printf(&sql, "SELECT * FROM \"%s\"()", name);
	rc = duckdb_body_guard(&a, buf_bytes(&sql), &at, &err);
	arena_clear(&a);
	return rc == ERROR_SYNTAX;
}

static bool is_known(const char *name)
{
	return is_in(name, duckdb_clock_words) ||
	    is_in(name, duckdb_chance_words) || is_guarded(name) ||
	    strcmp(name, "error") == 0;
}

/* Calls check for each line of what the query gives. */
static void each_name(const char *sql, bool (*check)(const char *name))
{
	const struct duckdb_api *api;
	duckdb_handle db = NULL, connection = NULL, config = NULL;
	duckdb_handle extracted, statement, chunk;
	struct duckdb_result result = { 0 };
	long n = 0, bad = 0;

	assert_int_equal(duckdb_load("", &api, NULL), 0);
	assert_int_equal(api->create_config(&config), 0);
	assert_int_equal(api->set_config(config, "threads", "1"), 0);
	assert_int_equal(api->open_ext(NULL, &db, config, NULL), 0);
	api->destroy_config(&config);
	assert_int_equal(api->connect(db, &connection), 0);
	assert_int_equal(api->extract_statements(connection, sql, &extracted),
	    1);
	assert_int_equal(api->prepare_extracted_statement(connection, extracted,
	                     0, &statement),
	    0);
	assert_int_equal(api->execute_prepared(statement, &result), 0);
	while ((chunk = api->fetch_chunk(result)) != NULL) {
		duckdb_handle v = api->data_chunk_get_vector(chunk, 0);
		uint64_t i;

		for (i = 0; i < api->data_chunk_get_size(chunk); i++, n++) {
			struct bytes text =
			    duckdb_text(api->vector_get_data(v), i);
			char name[200];

			snprintf(name, sizeof(name), "%.*s", (int)text.n,
			    text.p);
			if (check(name))
				continue;
			print_message("%s is in no list\n", name);
			bad++;
		}
		api->destroy_data_chunk(&chunk);
	}
	api->destroy_result(&result);
	api->destroy_prepare(&statement);
	api->destroy_extracted(&extracted);
	api->disconnect(&connection);
	api->close(&db);
	assert_true(n > 0);
	assert_int_equal(bad, 0);
}

static void test_functions_that_vary(void **state)
{
	(void)state;
	each_name("SELECT DISTINCT function_name FROM duckdb_functions() WHERE "
	          "function_type IN ('scalar', 'aggregate') AND stability IS "
	          "DISTINCT FROM 'CONSISTENT'",
	    is_known);
}

/* Those whose text holds the name of one that varies. */
static void test_macros_of_such(void **state)
{
	(void)state;
	each_name(
	    "SELECT DISTINCT m.function_name FROM duckdb_functions() m JOIN "
	    "duckdb_functions() f ON f.function_type = 'scalar' AND f.stability "
	    "IS DISTINCT FROM 'CONSISTENT' AND f.function_name <> 'error' AND "
	    "regexp_matches(m.macro_definition, '\\b' || f.function_name || "
	    "'\\b') WHERE m.function_type IN ('macro', 'table_macro')",
	    is_known);
}

static bool is_known_table(const char *name)
{
	return is_in(name, plain_tables) || is_guarded(name);
}

static void test_table_functions(void **state)
{
	(void)state;
	each_name("SELECT DISTINCT function_name FROM duckdb_functions() WHERE "
	          "function_type IN ('table', 'table_macro')",
	    is_known_table);
}

static bool asks(const char *sql)
{
	return duckdb_asks_clock(bytes_of(sql));
}

static void test_asks_clock(void **state)
{
	(void)state;
	assert_true(asks("SELECT now()"));
	assert_true(asks("select Current_Date"));
	assert_true(asks("SELECT born.age()"));
	assert_true(asks("SELECT \"today\"()"));
	assert_true(asks("SELECT x FROM t WHERE d < $$now$$"));
	assert_true(asks("/* /* x */ */ SELECT localtimestamp"));
	assert_true(asks("SELECT [1, 2][now()]"));
	assert_false(asks("SELECT 1 -- now()"));
	assert_false(asks("/* now() /* now() */ now() */ SELECT 1"));
	assert_false(asks("SELECT knows, today_, nowhere, average FROM t"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asks_clock),
		cmocka_unit_test(test_functions_that_vary),
		cmocka_unit_test(test_macros_of_such),
		cmocka_unit_test(test_table_functions),
	};

	if (!duckdb_is_here())
		return DUCKDB_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
