#ifndef SLUICE_CACHE_RECORD_H
#define SLUICE_CACHE_RECORD_H
/*
 * record -- the records of a part: CSV as we write it ourselves, so that a
 * record is known by its number of fields alone (docs: formats, "part").
 *
 * Use        struct record_scan s = { .text = bytes, .n_fields = n };
 *            while ((rc = record_next(&s, fields, err)) > 0) ...
 *            record_clear(&s);
 * Shape      No header, LF, a field quoted only when it must be; NULL is the
 *            unquoted empty field, so an empty line is a record of one NULL.
 * Errors     ERROR_CORRUPT, with the record's number, for anything else.
 * Ownership  fields are borrowed until the next call.
 */
#include <stdint.h>

#include "cache/base/buf.h"
#include "cache/type.h"

struct record_scan {
	struct bytes text; /* what is left */
	size_t n_fields;
	uint64_t n; /* records given so far */
	struct buf scratch; /* fields that had doubled quotes */
};

/* The next record into n_fields places: 1, 0 at the end, or negative. */
int record_next(struct record_scan *s, struct field *fields, struct error *err);

/* Frees the scratch. */
void record_clear(struct record_scan *s);

#endif
