/* verdict: see verdict.h. */
#include "cache/verdict.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/members.h"

static const char *const names[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_FAILED] = "failed",
	[VERDICT_ERROR] = "error",
	[VERDICT_BLOCKED] = "blocked",
};

const char *verdict_name(enum verdict v)
{
	return names[v];
}

static enum verdict verdict_of(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], word) == 0)
			return (enum verdict)i;
	return VERDICT_BLOCKED;
}

bool verdict_blocks(const struct manifest_test *t)
{
	return !t->is_warning && t->verdict != VERDICT_OK;
}

bool verdicts_hold(const struct verdicts *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		if (verdict_blocks(&v->tests[i]))
			return false;
	return true;
}

void verdicts_clear(struct verdicts *v)
{
	size_t i;

	for (i = 0; i < v->n; i++) {
		mem_free(v->tests[i].test);
		mem_free(v->tests[i].at);
		mem_free(v->tests[i].why);
	}
	mem_free(v->tests);
	*v = (struct verdicts){ 0 };
}

static int print_one(const struct manifest_test *t, json_t *o,
    struct error *err)
{
	bool has_table = !digest_is_null(&t->table);
	int rc;

	if ((rc = member_set_str(o, "test", t->test, err)) ||
	    (rc = member_set_str(o, "at", t->at, err)) ||
	    (rc = member_set_str(o, "verdict", names[t->verdict], err)) ||
	    (rc = member_set_digest(o, "key", &t->key, err)) ||
	    (rc = member_set_digest(o, "table", &t->table, err)) ||
	    (rc = member_set_digest(o, "expected", &t->expected, err)) ||
	    (rc = member_set_str(o, "why", t->why, err)))
		return rc;
	if (has_table &&
	    (rc = member_set(o, "rows", json_integer((json_int_t)t->rows),
	         err)))
		return rc;
	if (t->is_warning && (rc = member_set(o, "warn", json_true(), err)))
		return rc;
	return t->is_whole ? member_set(o, "whole", json_true(), err) : 0;
}

int verdicts_print(const struct verdicts *v, json_t *node, struct error *err)
{
	json_t *list;
	size_t i;
	int rc;

	if (v->n == 0)
		return 0;
	list = json_array();
	rc = member_set(node, "tests", list, err);
	for (i = 0; rc == 0 && i < v->n; i++) {
		json_t *o = json_object();

		if (o == NULL || json_array_append_new(list, o))
			return error_memory(err);
		rc = print_one(&v->tests[i], o, err);
	}
	return rc;
}

static int parse_one(const json_t *o, struct manifest_test *t,
    struct error *err)
{
	json_int_t rows;
	int rc;

	if (!json_is_object(o))
		return error_set(err, ERROR_CORRUPT, "a test is no object");
	if ((rc = member_dup(o, "test", &t->test, err)) ||
	    (rc = member_dup(o, "at", &t->at, err)) ||
	    (rc = member_digest(o, "key", &t->key, err)) ||
	    (rc = member_digest(o, "table", &t->table, err)) ||
	    (rc = member_digest(o, "expected", &t->expected, err)) ||
	    (rc = member_dup(o, "why", &t->why, err)) ||
	    (rc = member_int(o, "rows", 0, INT64_MAX, &rows, err)))
		return rc;
	if (t->test == NULL || t->at == NULL)
		return error_set(err, ERROR_CORRUPT,
		    "a test lacks \"test\" or \"at\"");
	t->verdict = verdict_of(json_str_or(o, "verdict", ""));
	t->is_warning = json_is_true(json_object_get(o, "warn"));
	t->is_whole = json_is_true(json_object_get(o, "whole"));
	t->rows = (uint64_t)rows;
	return 0;
}

int verdicts_parse(const json_t *node, struct verdicts *out, struct error *err)
{
	const json_t *list = json_object_get(node, "tests");
	const size_t n = json_array_size(list);
	int rc = 0;

	if (list != NULL && !json_is_array(list))
		return error_set(err, ERROR_CORRUPT, "\"tests\" is no array");
	if (n == 0)
		return 0;
	out->tests = mem_array(n, sizeof(*out->tests));
	if (out->tests == NULL)
		return error_memory(err);
	while (rc == 0 && out->n < n) {
		size_t i = out->n++;

		rc = parse_one(json_array_get(list, i), &out->tests[i], err);
	}
	return rc;
}
