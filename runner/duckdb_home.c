/* duckdb_home: see duckdb_home.h. */
#include "runner/duckdb_home.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/mem.h"

static int set_config(const struct duckdb_api *api, duckdb_handle config,
    const char *name, const char *value, struct error *err)
{
	return api->set_config(config, name, value)
	    ? error_set(err, ERROR_IO, "DuckDB does not know the setting %s",
	          name)
	    : 0;
}

static int set_all(const struct duckdb_home *home, duckdb_handle config,
    struct error *err)
{
	static const char *const settings[][2] = {
		{ "threads", "1" },
		{ "max_temp_directory_size", "16GiB" },
		{ "autoload_known_extensions", "false" },
		{ "autoinstall_known_extensions", "false" },
		{ "allow_community_extensions", "false" },
		{ "allow_persistent_secrets", "false" },
		{ "errors_as_json", "true" },
		/* last: no path can be set behind it */
		{ "enable_external_access", "false" },
	};
	/* where there is a path, shut() says the last */
	const size_t n = ARRAY_LEN(settings) - (home->path[0] != '\0');
	char spill[sizeof(home->spill) + 32] = "";
	size_t i;
	int rc;

	if (home->spill[0] != '\0')
		snprintf(spill, sizeof(spill), "%s/duckdb-%ld", home->spill,
		    (long)getpid());
	rc = set_config(home->api, config, "temp_directory", spill, err);
	for (i = 0; rc == 0 && i < n; i++)
		rc = set_config(home->api, config, settings[i][0],
		    settings[i][1], err);
	return rc;
}

/* DuckDB takes the list of paths that may be opened only once it is open, and
 * nothing behind the setting that shuts all others. */
static int shut(const struct duckdb_home *home, struct error *err)
{
	const struct duckdb_api *api = home->api;
	struct duckdb_result result = { 0 };
	duckdb_handle connection = NULL, list = NULL, statement = NULL;
	char sql[128];
	uint64_t i, n;
	int rc = 0;

	snprintf(sql, sizeof(sql),
	    "SET allowed_paths = ['%s']; SET enable_external_access = false",
	    home->path);
	if (api->connect(home->db, &connection))
		return error_set(err, ERROR_IO, "DuckDB does not connect");
	n = api->extract_statements(connection, sql, &list);
	for (i = 0; rc == 0 && i < 2; i++) {
		if (n != 2 ||
		    api->prepare_extracted_statement(connection, list, i,
		        &statement) ||
		    api->execute_prepared(statement, &result))
			rc = error_set(err, ERROR_IO,
			    "DuckDB does not shut its doors");
		api->destroy_result(&result);
		api->destroy_prepare(&statement);
	}
	api->destroy_extracted(&list);
	api->disconnect(&connection);
	return rc;
}

static int open_database(struct duckdb_home *home, struct error *err)
{
	const struct duckdb_api *api = home->api;
	duckdb_handle config = NULL;
	char *why = NULL;
	int rc;

	if (api->create_config(&config))
		return error_memory(err);
	rc = set_all(home, config, err);
	if (rc == 0 && api->open_ext(":memory:", &home->db, config, &why))
		rc = error_set(err, ERROR_IO, "DuckDB does not open: %s",
		    why ? why : "");
	duckdb_give_back(api, why);
	api->destroy_config(&config);
	if (rc)
		home->db = NULL;
	if (rc == 0 && home->path[0] != '\0' && (rc = shut(home, err)) != 0)
		api->close(&home->db);
	return rc;
}

struct duckdb_home *duckdb_home(void)
{
	static struct duckdb_home home;

	return &home;
}

int duckdb_home_open(const struct duckdb_api *api, const char *spill,
    const char *path, struct duckdb_home **out, struct error *err)
{
	struct duckdb_home *home = duckdb_home();

	*out = home;
	if (strlen(spill) >= sizeof(home->spill) ||
	    strlen(path) >= sizeof(home->path))
		return error_set(err, ERROR_LIMIT,
		    "the path of the jobs' directories is too long");
	if (home->db != NULL && strcmp(home->spill, spill) == 0 &&
	    strcmp(home->path, path) == 0)
		return 0;
	duckdb_home_close(home);
	home->api = api;
	memcpy(home->spill, spill, strlen(spill) + 1);
	memcpy(home->path, path, strlen(path) + 1);
	return open_database(home, err);
}

void duckdb_home_close(struct duckdb_home *home)
{
	if (home->db != NULL)
		home->api->close(&home->db);
	*home = (struct duckdb_home){ 0 };
}
