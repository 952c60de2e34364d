#ifndef SLUICE_RUNNER_LANG_DATATEST_H
#define SLUICE_RUNNER_LANG_DATATEST_H
/*
 * datatest -- @test and @warn: what is asked of a node's table, as a SELECT
 * that gives the rows which offend. Inside runner/lang only.
 *
 * Use        node_read_test() for each directive, node_finish_tests() once the
 *            node's key is known, datatest_link() once nodes have numbers.
 * Shape      A test is a call of one of eight words, behind which may stand a
 *            share of rows that may offend ("5%"), or the path of a .sql file:
 *            a plain query over the node's table, or a node of its own (its
 *            header includes an action), whose rows then offend.
 * Errors     Functions fail (memory, input/output) with a code and load->err;
 *            what is wrong with the user's text goes to diagnose.h.
 * Ownership  What a struct data_test has is in the pipeline's arena, all else
 *            in the scratch arena of the load.
 */
#include "runner/lang/node.h"

enum test_word {
	TEST_NOT_NULL,
	TEST_UNIQUE,
	TEST_IN,
	TEST_RANGE,
	TEST_ROWS,
	TEST_REFERENCES,
	TEST_MATCH,
	TEST_COVERAGE,
	TEST_WORDS,
	TEST_QUERY = TEST_WORDS, /* a .sql file */
};

/* A test as it was read. */
struct raw_test {
	struct data_test test;
	const struct flat_item *item;
	enum test_word word;
	struct directive_arg *args; /* in the parentheses; col as in the file */
	size_t n;
	struct entry *other; /* of references(), or a query that is a node */
	const char *other_column;
	bool has_share; /* it holds while no larger share of all rows offends */
	int64_t numerator, denominator; /* of that share */
};

/* The test as SQL for SQLite: the node's table is "t", the other one "other".
 * key (n_key columns, may be none) tells which row offends; without a key its
 * number does. Sets body and what it reads. Which NULLs are passed over is said
 * at datatest_sql.c. */
int datatest_sql(struct arena *a, struct raw_test *t,
    const struct contract *contract, struct error *err);

/* Whether an argument is a number: written without quotes, as one. */
bool datatest_is_number(const struct directive_arg *arg);

/* A share from 0 to 1 with at most nine decimals, as a fraction: 0.95 is
 * 95/100. False where it is none. */
bool datatest_share(const char *text, int64_t *numerator, int64_t *denominator);

/* The same of a percentage, from 0 to 100 with at most six decimals. */
bool datatest_percent(const char *text, int64_t *numerator,
    int64_t *denominator);

/* Whether a bound of range() is none: *, without quotes. */
bool datatest_is_open(const struct directive_arg *arg);

/* Numbers the nodes that the tests of m read: to is where each of the places
 * that nodes were made in has gone. */
void datatest_link(struct pipeline *p, struct making *m, const size_t *to);

/* cases.c: gives the node of m, whose inputs are known, its test cases. */
int cases_link(struct load *l, const struct making *m, const size_t *to);

#endif
