#ifndef SLUICE_CACHE_CSV_H
#define SLUICE_CACHE_CSV_H
/*
 * csv -- reading records strictly, writing them in one way (RFC 4180).
 *
 * Use        csv_open(bytes, &format, &r, err);
 *            while ((rc = csv_next(r, &fields, &n, err)) > 0) ...
 *            csv_close(r);
 * Shape      Input may have CRLF, a BOM, needless quotes, empty lines at its
 *            end. NULL is the unquoted empty field (or the unquoted null
 *            word, or one NUL byte alone); "" is the empty string.
 * Errors     ERROR_SYNTAX with line and column (1-based, in the input):
 *            ragged rows, other NUL bytes, invalid UTF-8, an open quote,
 *            text behind a closing quote, a CR that ends no line, a record
 *            of more than 1 GiB, a file of 0 bytes, one that is compressed.
 *            Never the value. err->path is left to the caller.
 * Memory     Bounded by the longest record; data is the caller's, who says
 *            where it is a map of a file, so that of that, too, little stays.
 * Ownership  fields are borrowed until the next call, data until the end.
 */
#include <stdbool.h>
#include <stdint.h>

#include "cache/base/buf.h"
#include "cache/base/error.h"
#include "cache/type.h"

struct csv_format {
	char delimiter; /* 0 stands for ',' */
	char quote; /* 0 stands for '"' */
	bool no_quote; /* of input: a quote is a character as any other */
	bool no_header; /* columns are c1, c2, ... */
	bool is_mapped; /* of input: the data is a map's (base/file.h), whose
	                   memory is let go behind what was read */
	bool windows_1252; /* input bytes; fields are UTF-8 all the same */
	char null[32]; /* the unquoted word for NULL, or "" */
	bool one_column_null; /* of commands: in a table of one column "" is
	                         NULL, because their readers skip empty lines */
};

/* Checks all bytes and reads the header. */
struct csv_reader;
int csv_open(struct bytes data, const struct csv_format *format,
    struct csv_reader **out, struct error *err);
/* Frees the reader; r may be NULL. */
void csv_close(struct csv_reader *r);
void csv_closep(struct csv_reader **r);

/* The header's names (c1, c2, ... without a header), borrowed. */
void csv_header(const struct csv_reader *r, const struct field **names,
    size_t *n);

/* The next record: 1, 0 at the end, or negative. Each has as many fields as
 * the header. */
int csv_next(struct csv_reader *r, const struct field **fields, size_t *n,
    struct error *err);

/* Back to the first record. */
void csv_rewind(struct csv_reader *r);

/* The line of the record that csv_next() gave last. */
int64_t csv_line(const struct csv_reader *r);

/* Writes one field as a part has it, without a delimiter, to where there is
 * room for 2 * f->n + 2 bytes; returns the end. */
char *csv_put_field(char *out, const struct field *f);

/* Adds one record and its LF; a field is quoted only when it must be. */
void csv_add_record(struct buf *out, const struct field *fields, size_t n);

/* As a file of a command: with its word for NULL, and "" for NULL in a table
 * of one column. */
void csv_add_record_as(struct buf *out, const struct field *fields, size_t n,
    const struct csv_format *format);

#endif
