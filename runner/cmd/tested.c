/* tested: see tested.h. */
#include "runner/cmd/tested.h"

#include "cache/base/mem.h"
#include "cache/base/text.h"

int tested_print_one(const struct manifest_node *n,
    const struct manifest_test *t, const char *message, struct error *err)
{
	static const char *const words[] = { "ok", "failed", "warning" };
	int word = t->verdict == VERDICT_OK ? 0 : verdict_blocks(t) ? 1 : 2;
	CLEANUP(buf_clear) struct buf line = { 0 }, safe = { 0 };

	buf_printf(&line, " %s: %s: %s: ", n->path, t->at, t->test);
	test_words_print(t, true, &line);
	if (message != NULL)
		buf_printf(&line, ": %s", message);
	text_add_visible(&safe, buf_bytes(&line));
	if (buf_check(&line, err) || buf_check(&safe, err))
		return ERROR_MEMORY;
	printf("%s%s%s%s\n", word == 1 ? cmd_color(COLOR_RED) : "", words[word],
	    word == 1 ? cmd_color(COLOR_END) : "", safe.p);
	return 0;
}

int tested_print_failed(const struct report_tests *t, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < t->n_failed; i++)
		rc = tested_print_one(t->failed[i].node, t->failed[i].test,
		    t->failed[i].message, err);
	return rc;
}

static const char *message_of(const struct report_tests *t,
    const struct manifest_test *test)
{
	size_t i;

	for (i = 0; i < t->n_failed; i++)
		if (t->failed[i].test == test)
			return t->failed[i].message;
	return NULL;
}

static json_t *digest_or_null(const struct digest *d)
{
	return digest_is_null(d) ? json_null() : json_digest(d);
}

json_t *tested_json(const struct manifest *m, const struct report_tests *t)
{
	json_t *list = json_array();
	size_t i, k;

	for (i = 0; i < m->n; i++)
		for (k = 0; k < m->nodes[i].verdicts.n; k++) {
			const struct manifest_test *test =
			    &m->nodes[i].verdicts.tests[k];
			bool has_rows =
			    !test->is_whole && !digest_is_null(&test->table);

			json_array_append_new(list,
			    json_pack("{s:s,s:s,s:s,s:s,s:b,s:o,s:o,s:o,s:s?}",
			        "node", m->nodes[i].path, "test", test->test,
			        "at", test->at, "verdict",
			        verdict_name(test->verdict), "blocks",
			        verdict_blocks(test), "rows",
			        has_rows ? json_integer((json_int_t)test->rows)
			                 : json_null(),
			        "key", digest_or_null(&test->key), "table",
			        digest_or_null(&test->table), "message",
			        message_of(t, test)));
		}
	return list;
}
