/* duckdb_library: finds and loads libduckdb. See duckdb_api.h. */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/mem.h"
#include "runner/duckdb_api.h"

static const char how_to[] = "get it with `make duckdb` in sluice's sources, "
                             "or say where it is: git config sluice.duckdb "
                             "/path/of/libduckdb.so";

static const struct {
	const char *name;
	size_t at; /* in struct duckdb_api */
} calls[] = {
#define DUCKDB_CALL(type, name, args) \
	{ "duckdb_" #name, offsetof(struct duckdb_api, name) },
	DUCKDB_CALLS(DUCKDB_CALL)
#undef DUCKDB_CALL
};

/* A file beside the directory of this program. */
static void *open_beside(const char *relative)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
	char *slash;

	if (n <= 0 || (size_t)n + strlen(relative) >= sizeof(path))
		return NULL;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return NULL;
	memcpy(slash + 1, relative, strlen(relative) + 1);
	return access(path, F_OK) == 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL)
	                               : NULL;
}

static void *open_library(const char *path)
{
	void *library;

	if (*path != '\0')
		return dlopen(path, RTLD_NOW | RTLD_LOCAL);
	library = open_beside("libduckdb.so"); /* make install */
	if (library == NULL)
		library = open_beside("../duckdb/libduckdb.so");
	return library ? library
	               : dlopen("libduckdb.so", RTLD_NOW | RTLD_LOCAL);
}

static int find_calls(void *library, struct duckdb_api *api, struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(calls); i++) {
		void *call = dlsym(library, calls[i].name);

		if (call == NULL)
			return error_set(err, ERROR_NOT_FOUND,
			    "this libduckdb has no %s: it is too old or too "
			    "new for sluice; %s",
			    calls[i].name, how_to);
		memcpy((char *)api + calls[i].at, &call, sizeof(call));
	}
	return 0;
}

int duckdb_load(const char *path, const struct duckdb_api **out,
    struct error *err)
{
	static struct duckdb_api api;
	static bool is_loaded;
	void *library;
	int rc;

	*out = &api;
	if (is_loaded)
		return 0;
	library = open_library(path);
	if (library == NULL && *path != '\0')
		return error_set(err, ERROR_NOT_FOUND,
		    "git config sluice.duckdb is '%s', which cannot be loaded: "
		    "%s",
		    path, dlerror());
	if (library == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "action/sql/duckdb needs libduckdb, which is not here: %s",
		    how_to);
	rc = find_calls(library, &api, err);
	is_loaded = rc == 0;
	return rc;
}

void duckdb_give_back(const struct duckdb_api *api, char *p)
{
	(api->free)(p);
}
