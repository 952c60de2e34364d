#ifndef SLUICE_RUNNER_SQLITE_BODY_H
#define SLUICE_RUNNER_SQLITE_BODY_H
/*
 * sqlite_body -- the text of an SQLite node (sql_body.h): SELECTs, and before
 * the last what it makes for itself: TEMP tables, TEMP views, indexes.
 */
#include "runner/sql_body.h"

extern const struct sql_dialect sqlite_dialect;

/* Splits and checks, as sql_split(). */
int sqlite_body_parse(struct arena *a, struct bytes text, struct sql_body *out,
    size_t *at, struct error *err);

/* Whether it makes an index on a table of that name (letters of either case
 * are equal), whichever that is there. */
bool sqlite_body_indexes(const struct sql_body *body, const char *table);

#endif
