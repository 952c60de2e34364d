#ifndef SLUICE_REPORTS_TESTS_H
#define SLUICE_REPORTS_TESTS_H
/*
 * tests -- the tests of a run that do not hold, and how they are told.
 *
 * Shape      Those that block come first, of these last the ones whose table is
 *            not there, since its node failed; then warnings. In each by node,
 *            as they are written. What holds is a number.
 * Audience   Outside a test is its word and first column, since the rest may
 *            be values; how many rows offend is told as suppress.h lets it.
 * Ownership  Nodes and tests are the manifest's; messages are freed.
 */
#include "cache/manifest.h"

struct report_test {
	const struct manifest_node *node;
	const struct manifest_test *test;
	char *message; /* of VERDICT_ERROR, for readers inside; or NULL */
	bool is_old; /* a warning that the base's run gave, too */
};

struct report_tests {
	struct report_test *failed;
	size_t n_failed; /* of which first n_blocking block */
	size_t n_blocking; /* of which last n_waiting wait for their table */
	size_t n_waiting;
	size_t n_old; /* of n_failed */
	size_t n; /* all tests of the run */
};

/* Messages are those of the results in st (NULL: none are looked up). */
int report_tests_make(struct store *st, const struct manifest *m,
    struct report_tests *out, struct error *err);
void report_tests_clear(struct report_tests *t);
/* Marks the warnings that before gave, too, of as many rows. */
void report_tests_compare(struct report_tests *t,
    const struct manifest *before);

/* Whether nothing is asked of a node's table: it has no tests, and what it was
 * made from (its key's preimage in st) says no @key and no @column. False where
 * that is not known. */
int report_is_untested(struct store *st, const struct manifest_node *n,
    bool *out, struct error *err);

/* Forgets the messages: they may quote a value. */
void report_tests_quiet(struct report_tests *t);

/* "in(sex, 'm', 'f')"; outside "in(sex, ...)". */
void test_print(const struct manifest_test *t, bool is_inside, struct buf *out);

/* "3 rows offend", "does not hold", "could not be computed", "waits for a table
 * that is not there". */
void test_words_print(const struct manifest_test *t, bool is_inside,
    struct buf *out);

/* The same of a report's: "3 rows offend, as before". */
void report_test_print(const struct report_test *t, bool is_inside,
    struct buf *out);

/* Why it does not hold, in words for all readers and without a number: "id is
 * not unique", "rows outside the declared band", "./check.sql does not hold".
 * name writes the column (render.h's name_fn). */
void test_why_print(const struct manifest_test *t,
    void (*name)(struct buf *out, const char *name), struct buf *out);

/* "3", outside "<11"; "" where there is no count. */
void test_rows_print(const struct manifest_test *t, bool is_inside,
    char out[32]);

/* "below Lab, whose tests do not hold"; nothing where a node has no doubts. */
void doubts_print(const struct manifest_node *n,
    void (*name)(struct buf *out, const char *name), struct buf *out);

/* "12 tests hold", "12 tests: 3 do not hold, 2 wait, 1 warns"; nothing where
 * there are none. */
void tests_print(const struct report_tests *t, struct buf *out);

#endif
