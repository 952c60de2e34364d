#ifndef SLUICE_RUNNER_LANG_SCAN_H
#define SLUICE_RUNNER_LANG_SCAN_H
/*
 * scan -- a file's header as directives, and where its code begins.
 *
 * Use        scan(&arena, text, &s, err); if (!s.is_ours) ....
 * Shape      Errors in the user's text are collected, all of them; whether
 *            they count is known once the file is known to be ours.
 * Errors     scan() itself fails for want of memory only.
 */
#include <stdint.h>

#include "cache/base/buf.h"
#include "cache/base/mem.h"
#include "runner/lang/directive.h"

struct scan_error {
	int line, col;
	const char *message;
};

struct scan {
	struct directive *directives;
	struct scan_error *errors;
	uint32_t n, n_errors;
	uint32_t body; /* offset of the first line behind the header */
	int body_line; /* its number */
	bool is_ours; /* it has a known directive */
	bool has_body; /* something but blanks stands there */
};

/* Scans a file's text, which must outlive what comes out. */
int scan(struct arena *a, struct bytes text, struct scan *out,
    struct error *err);

/* A copy of a scan without what it grew through, for a load keeps that of every
 * file: its arrays are one piece of a, its texts one of texts. */
int scan_copy(const struct scan *s, struct arena *a, struct arena *texts,
    struct scan *out, struct error *err);

/* Splits "a, b, 'c, d'" (or the same in parentheses) into its items; col is
 * that of text. A message in *why where it cannot. */
int scan_list(struct arena *a, const char *text, int col,
    struct directive_arg **items, size_t *n, const char **why,
    struct error *err);

#endif
