#ifndef SLUICE_CACHE_VERDICT_H
#define SLUICE_CACHE_VERDICT_H
/*
 * verdict -- what the tests of a node said of its table, as a manifest has it.
 *
 *   "tests":[{"at":"ClinicA/Patient.sql:4","key":...,"rows":3,"table":...,
 *             "test":"not_null(id)","verdict":"failed","warn":true}, ...]
 *
 * Shape      In the order in which they are written, then test cases, with
 *            "expected" and without rows. table holds the rows that offend,
 *            or what a case gave; nothing of it is here but their number.
 * Ownership  Strings are the manifest's.
 */
#include "cache/base/digest.h"
#include "cache/base/json.h"

enum verdict {
	VERDICT_OK,
	VERDICT_FAILED, /* rows offend */
	VERDICT_ERROR, /* it could not be computed: no such column */
	VERDICT_BLOCKED, /* a table that it reads is not there */
};

struct manifest_test {
	char *test; /* as written */
	char *at; /* "file:line" of the @test */
	enum verdict verdict;
	bool is_warning; /* it does not block */
	bool is_whole; /* about the table: its row says what is, not which */
	uint64_t rows; /* that offend */
	struct digest key; /* null where it was never known */
	struct digest table; /* OK, FAILED: what it gave */
	struct digest
	    expected; /* of a test case: what it is to give; else null */
	char *why; /* ERROR without a result that says so; or NULL */
};

struct verdicts {
	struct manifest_test *tests;
	size_t n;
};

/* "ok", "failed", ... */
const char *verdict_name(enum verdict v);

/* Whether the test stands in the way of production. */
bool verdict_blocks(const struct manifest_test *t);

/* Whether no test of v does. */
bool verdicts_hold(const struct verdicts *v);

/* Frees what it owns; empty and usable again. */
void verdicts_clear(struct verdicts *v);

/* Sets "tests" of a node, unless there are none; and back. A verdict of a later
 * version counts as VERDICT_BLOCKED. */
int verdicts_print(const struct verdicts *v, json_t *node, struct error *err);
int verdicts_parse(const json_t *node, struct verdicts *out, struct error *err);

#endif
