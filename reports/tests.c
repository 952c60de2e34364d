/* tests: see tests.h. */
#include "reports/tests.h"
#include "reports/contract.h"

#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/render.h"

static size_t count(const struct manifest *m, struct report_tests *out)
{
	size_t i, k, n = 0;

	for (i = 0; i < m->n; i++) {
		const struct verdicts *v = &m->nodes[i].verdicts;

		out->n += v->n;
		for (k = 0; k < v->n; k++) {
			n += v->tests[k].verdict != VERDICT_OK;
			out->n_blocking += verdict_blocks(&v->tests[k]);
		}
	}
	return n;
}

/* The message that the result's record has, where the failure is remembered. */
static int read_message(struct store *st, struct report_test *t,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct result result = { 0 };
	int rc;

	if (t->test->why != NULL) {
		t->message = mem_strdup(t->test->why);
		return t->message ? 0 : error_memory(err);
	}
	if (st == NULL || t->test->verdict != VERDICT_ERROR ||
	    digest_is_null(&t->test->key))
		return 0;
	rc = result_get(st, &t->test->key, TIER_LOCAL, &result, NULL);
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc || result.state != RESULT_FAILED || result.message[0] == '\0')
		return 0;
	/* in a query of the user's own there are lines */
	if (result.line > 0 && text_ends_in(t->test->test, ".sql"))
		buf_printf(&text, "line %d, column %d: ", result.line,
		    result.col);
	buf_add_str(&text, result.message);
	t->message = buf_steal(&text);
	return t->message ? 0 : error_memory(err);
}

int report_is_untested(struct store *st, const struct manifest_node *n,
    bool *out, struct error *err)
{
	json_auto_t *what = NULL;
	const json_t *contract;
	int rc;

	*out = false;
	if (st == NULL || n->verdicts.n > 0)
		return 0;
	if ((rc = contract_what(st, n, &what, err)))
		return rc;
	contract = json_object_get(what, "contract");
	*out = contract != NULL &&
	    json_array_size(json_object_get(contract, "key")) == 0 &&
	    json_array_size(json_object_get(contract, "columns")) == 0;
	return 0;
}

/* In the order in which they are told. */
enum rank {
	RANK_BLOCKS,
	RANK_WAITS,
	RANK_WARNS,
};

static enum rank rank_of(const struct manifest_test *t)
{
	if (!verdict_blocks(t))
		return RANK_WARNS;
	return t->verdict == VERDICT_BLOCKED ? RANK_WAITS : RANK_BLOCKS;
}

/* Those of a rank, behind what is there. */
static int add(struct store *st, const struct manifest *m, enum rank rank,
    struct report_tests *out, struct error *err)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; i < m->n; i++)
		for (k = 0; rc == 0 && k < m->nodes[i].verdicts.n; k++) {
			const struct manifest_test *t =
			    &m->nodes[i].verdicts.tests[k];
			struct report_test *to = &out->failed[out->n_failed];

			if (t->verdict == VERDICT_OK || rank_of(t) != rank)
				continue;
			out->n_failed++;
			out->n_waiting += rank == RANK_WAITS;
			*to = (struct report_test){ .node = &m->nodes[i],
				.test = t };
			rc = read_message(st, to, err);
		}
	return rc;
}

int report_tests_make(struct store *st, const struct manifest *m,
    struct report_tests *out, struct error *err)
{
	size_t n;
	int rc;

	*out = (struct report_tests){ 0 };
	n = count(m, out);
	out->failed = mem_array(n, sizeof(*out->failed));
	if (out->failed == NULL)
		return error_memory(err);
	if ((rc = add(st, m, RANK_BLOCKS, out, err)) ||
	    (rc = add(st, m, RANK_WAITS, out, err)) ||
	    (rc = add(st, m, RANK_WARNS, out, err)))
		report_tests_clear(out);
	return rc;
}

static bool gave(const struct manifest_node *n, const struct manifest_test *t)
{
	size_t i;

	for (i = 0; n != NULL && i < n->verdicts.n; i++) {
		const struct manifest_test *was = &n->verdicts.tests[i];

		if (was->verdict == t->verdict && was->rows == t->rows &&
		    strcmp(was->test, t->test) == 0)
			return true;
	}
	return false;
}

void report_tests_compare(struct report_tests *t, const struct manifest *before)
{
	size_t i;

	for (i = t->n_blocking; i < t->n_failed; i++) {
		struct report_test *one = &t->failed[i];

		one->is_old =
		    gave(manifest_find(before, one->node->path), one->test);
		t->n_old += one->is_old;
	}
}

void report_tests_quiet(struct report_tests *t)
{
	size_t i;

	for (i = 0; i < t->n_failed; i++) {
		mem_free(t->failed[i].message);
		t->failed[i].message = NULL;
	}
}

void report_tests_clear(struct report_tests *t)
{
	report_tests_quiet(t);
	mem_free(t->failed);
	*t = (struct report_tests){ 0 };
}

/* How many letters name the test and its first column: a comma between quotes
 * ends nothing. */
static size_t first_part(const char *test)
{
	size_t i;
	char quote = '\0';

	if (strncmp(test, "rows(", 5) == 0)
		return 5;
	for (i = 0; test[i] != '\0' && (quote || test[i] != ','); i++)
		if (quote)
			quote = test[i] == quote ? '\0' : quote;
		else if (test[i] == '"' || test[i] == '\'')
			quote = test[i];
	return i;
}

void test_print(const struct manifest_test *t, bool is_inside, struct buf *out)
{
	size_t n = is_inside ? strlen(t->test) : first_part(t->test);

	buf_add(out, t->test, n);
	if (t->test[n] != '\0')
		buf_add_str(out, t->test[n] == ',' ? ", ...)" : "...)");
}

void test_rows_print(const struct manifest_test *t, bool is_inside,
    char out[32])
{
	out[0] = '\0';
	if (t->is_whole || t->verdict == VERDICT_ERROR ||
	    t->verdict == VERDICT_BLOCKED)
		return;
	if (is_inside)
		count_print(t->rows, out);
	else
		suppress_print(t->rows, out);
}

void test_words_print(const struct manifest_test *t, bool is_inside,
    struct buf *out)
{
	char rows[SHOWN];

	switch (t->verdict) {
	case VERDICT_OK:
		buf_add_str(out, "holds");
		return;
	case VERDICT_ERROR:
		buf_add_str(out, "could not be computed");
		return;
	case VERDICT_BLOCKED:
		buf_add_str(out, "waits for a table that is not there");
		return;
	case VERDICT_FAILED:
		break;
	}
	test_rows_print(t, is_inside, rows);
	if (!digest_is_null(&t->expected))
		buf_add_str(out, "gives another table");
	else if (rows[0] == '\0')
		buf_add_str(out, "does not hold");
	else
		buf_printf(out, "%s row%s", rows,
		    strcmp(rows, "1") == 0 ? " offends" : "s offend");
}

void report_test_print(const struct report_test *t, bool is_inside,
    struct buf *out)
{
	test_words_print(t->test, is_inside, out);
	if (t->is_old)
		buf_add_str(out, ", as before");
}

/* The first column between the parentheses, or NULL. */
static char *column_of(const char *test)
{
	const char *from = strchr(test, '(');
	size_t n;

	if (from == NULL)
		return NULL;
	from++;
	n = *from == '"' || *from == '\'' ? strcspn(from + 1, "\"'") + 2
	                                  : strcspn(from, ",)");
	return mem_strndup(from, n);
}

void test_why_print(const struct manifest_test *t,
    void (*name)(struct buf *out, const char *name), struct buf *out)
{
	static const char *const words[][2] = {
		{ "not_null(", " has rows without a value" },
		{ "unique(", " is not unique" },
		{ "in(", " has values that are not allowed" },
		{ "range(", " is out of its range" },
		{ "references(", " refers to what is not there" },
		{ "match(", " has values of another form" },
		{ "coverage(", " has too few values" },
	};
	CLEANUP(mem_freep) char *column = column_of(t->test);
	CLEANUP(buf_clear) struct buf test = { 0 };
	size_t i;

	for (i = 0; t->verdict == VERDICT_FAILED && i < ARRAY_LEN(words); i++)
		if (column != NULL &&
		    strncmp(t->test, words[i][0], strlen(words[i][0])) == 0) {
			name(out, column);
			buf_add_str(out, words[i][1]);
			return;
		}
	if (t->verdict == VERDICT_FAILED && strncmp(t->test, "key(", 4) == 0) {
		buf_add_str(out, "the declared key is broken");
		return;
	}
	if (t->verdict == VERDICT_FAILED && strncmp(t->test, "rows(", 5) == 0) {
		buf_add_str(out, "rows outside the declared band");
		return;
	}
	test_print(t, false, &test);
	out->failed |= test.failed;
	name(out, test.p ? test.p : "");
	buf_add_char(out, ' ');
	if (t->verdict == VERDICT_FAILED && digest_is_null(&t->expected))
		buf_add_str(out, "does not hold");
	else
		test_words_print(t, false, out);
}

void doubts_print(const struct manifest_node *n,
    void (*name)(struct buf *out, const char *name), struct buf *out)
{
	if (n->n_doubts == 0)
		return;
	buf_add_str(out, "below ");
	name(out, n->doubts[0]);
	if (n->n_doubts > 1)
		buf_printf(out, " and %zu more", n->n_doubts - 1);
	buf_add_str(out, ", whose tests do not hold");
}

void tests_print(const struct report_tests *t, struct buf *out)
{
	const size_t n = t->n_blocking - t->n_waiting,
	             n_warn = t->n_failed - t->n_blocking;
	const char *between = ": ";

	if (t->n == 0)
		return;
	buf_printf(out, "%zu test%s", t->n, t->n == 1 ? "" : "s");
	if (t->n_failed == 0) {
		buf_add_str(out, t->n == 1 ? " holds" : " hold");
		return;
	}
	if (n > 0) {
		buf_printf(out, "%s%zu %s not hold", between, n,
		    n == 1 ? "does" : "do");
		between = ", ";
	}
	if (t->n_waiting > 0) {
		buf_printf(out, "%s%zu wait%s", between, t->n_waiting,
		    t->n_waiting == 1 ? "s" : "");
		between = ", ";
	}
	if (n_warn > 0)
		buf_printf(out, "%s%zu warn%s", between, n_warn,
		    n_warn == 1 ? "s" : "");
}
