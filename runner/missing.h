#ifndef SLUICE_RUNNER_MISSING_H
#define SLUICE_RUNNER_MISSING_H
/*
 * missing -- the column that an engine says it misses, read from its words.
 */
#include <stdbool.h>

enum {
	MISSING_NAME = 128, /* a longer one is cut between characters */
};

struct missing {
	char qualifier[MISSING_NAME]; /* of which table, or "" */
	char name[MISSING_NAME];
};

/* Whether message, SQLite's or DuckDB's, says that a column is not there, and
 * which; *out holds nothing where not. */
bool missing_read(const char *message, struct missing *out);

#endif
