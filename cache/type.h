#ifndef SLUICE_CACHE_TYPE_H
#define SLUICE_CACHE_TYPE_H
/*
 * type -- the types of columns, their text in a part, and inference
 * (docs: formats, "Types"). Types are part of a table; values are text.
 */
#include <stdbool.h>
#include <stddef.h>

#include "cache/base/buf.h"
#include "cache/base/error.h"

enum type_kind {
	TYPE_NONE, /* nothing declared: to be inferred */
	TYPE_TEXT,
	TYPE_INTEGER,
	TYPE_REAL,
	TYPE_DECIMAL,
	TYPE_BOOLEAN,
	TYPE_DATE,
	TYPE_TIME,
	TYPE_TIMESTAMP,
	TYPE_TIMESTAMPTZ,
	TYPE_JSON,
};

enum {
	TYPE_AS = 256 /* a structure's name has those of its members */
};

struct type {
	enum type_kind kind;
	int precision, scale; /* of decimal(p,s) */
	char as[TYPE_AS]; /* the engine's own name, or "" */
};

struct column {
	char *name;
	struct type type;
};

/* A value: bytes, or NULL of SQL. Borrowed. */
struct field {
	const char *p;
	size_t n;
	bool null;
};

/* "integer", "decimal(10,2)"; and back. Also the words of users: int, number,
 * float, double, varchar, string, bool, datetime ... (one table in type.c);
 * int32, smallint and hugeint are integers with DuckDB's name as "as".
 * ERROR_SYNTAX names the nearest word. */
void type_print(const struct type *t, char *out, size_t size);
int type_parse(const char *text, struct type *out, struct error *err);

/* Equal in kind, precision, scale and "as". */
bool type_eq(const struct type *a, const struct type *b);

/* Brings a value to the one way the type writes it ("+5" no; "1.50" as real
 * is "1.5"; "TRUE" as boolean is "true"), into scratch where it changes.
 * ERROR_SYNTAX, without the value in the message, where it does not fit. */
int type_canonical(const struct type *t, struct field in, struct buf *scratch,
    struct field *out, struct error *err);

/* The order of two values of one type: NULL first; numbers by value with nan
 * last and equal values by their bytes; all else by bytes. <0, 0, >0. */
int type_compare(const struct type *t, const struct field *a,
    const struct field *b);

/* Whether two numbers, each as some type of numbers writes it, have the same
 * value: 150 is 150.0. */
bool type_is_same_number(const struct field *a, const struct field *b);

/* Whether two numbers, each as some type of numbers writes it, differ by no
 * more than tolerance ("1e-9"): by their digits, exactly. NULL, nan and inf
 * are near nothing, nor is what lies further apart than 800 decimal places. */
bool type_is_within(const struct field *a, const struct field *b,
    const char *tolerance);

/* Whether text is a number that can be a tolerance. */
bool type_is_tolerance(const char *text);

/* Shortest text of a double that reads back, as Python's repr writes it. */
void real_print(double value, char out[40]);

/* Inference from all values of a column: feed each, then ask. */
struct type_guess {
	bool not_integer, not_real, any;
};
void type_guess_add(struct type_guess *g, const struct field *f);
enum type_kind type_guess_kind(const struct type_guess *g);

#endif
