#ifndef SLUICE_RUNNER_ENGINE_ROWS_H
#define SLUICE_RUNNER_ENGINE_ROWS_H
/*
 * engine_rows -- the rows of an input, through all its parts. Private to the
 * engines.
 *
 * Use        engine_rows_open(&r, input, err);
 *            while ((rc = engine_rows_next(&r, err)) > 0) ... r.fields ...
 *            engine_rows_clear(&r);
 * Errors     ERROR_CORRUPT where a part is not what the request says.
 */
#include "cache/base/file.h"
#include "cache/record.h"
#include "runner/engine_sql.h"

struct engine_rows {
	const struct engine_input *input;
	size_t next; /* part */
	struct file_map map;
	struct record_scan scan;
	struct field *fields; /* of the row; borrowed until the next one */
	uint64_t row; /* of the input, from 1 */
};

/* Before the first row. Clears what r was at before, if anything. */
int engine_rows_open(struct engine_rows *r, const struct engine_input *input,
    struct error *err);
void engine_rows_clear(struct engine_rows *r);

/* 1, 0 at the end, or negative. */
int engine_rows_next(struct engine_rows *r, struct error *err);

/* A field of an integer, if it has 64 bits. */
bool engine_integer(const struct field *f, int64_t *out);

/* Its digits to where there is room for 24 bytes; their number. */
size_t engine_print_integer(int64_t value, char *out);

#endif
