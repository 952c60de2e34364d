#ifndef SLUICE_TESTS_DUCKDB_HELP_H
#define SLUICE_TESTS_DUCKDB_HELP_H
/*
 * duckdb_help -- the library that `make duckdb` gets, for a unit test.
 *
 * Use        int main(void) { if (!duckdb_is_here()) return DUCKDB_SKIP; ...
 */
#include <stdio.h>
#include <stdlib.h>

#include "runner/duckdb_api.h"
#include "tests/unit/cmocka_all.h"

enum {
	DUCKDB_SKIP = 77
};

/* Loads it; says so where it is not there. */
static inline bool duckdb_is_here(void)
{
	const char *build = getenv("BUILD");
	const struct duckdb_api *api;
	struct error err = { 0 };
	char path[1000];

	snprintf(path, sizeof(path), "%s/../duckdb/libduckdb.so",
	    build ? build : "build/release");
	if (duckdb_load(path, &api, &err) == 0)
		return true;
	printf("no libduckdb.so: make duckdb gets it (%s)\n", err.msg);
	return false;
}

#endif
