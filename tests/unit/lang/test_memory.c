/* Every allocation fails in turn, once and for ever: a pipeline is what its
 * text says, with the same diagnostics, or there is none; and nothing leaks.
 * Swept: each tree of tests/cases/lang as a plain directory, through scanner,
 * templates, mounts, tests and cases, into JSON. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/fault_memory.h"

#include <stdio.h>

#include "cache/base/file.h"
#include "tests/unit/lang/fixture.h"

struct bed {
	char tree[300];
	int rc; /* without a fault */
	struct buf text; /* what came of it then */
	bool is_first;
};

/* All that is known of a pipeline, or why there is none. */
static int print(const struct pipeline *p, const struct error *why,
    struct buf *out)
{
	json_auto_t *all = NULL;
	int rc;

	if (p == NULL) {
		buf_printf(out, "%s:%d:%d: %s", why->path, why->line, why->col,
		    why->msg);
		return buf_check(out, NULL);
	}
	rc = pipeline_to_json(p, &all, NULL);
	return rc ? rc : json_print(all, out, NULL);
}

static bool is_fault(int rc)
{
	return rc == ERROR_MEMORY || rc == ERROR_IO;
}

static int compare(struct bed *b, int rc, struct buf *text)
{
	if (b->is_first) {
		b->rc = rc;
		buf_reset(&b->text);
		buf_add(&b->text, text->p, text->n);
		return buf_check(&b->text, NULL);
	}
	return rc == b->rc && bytes_eq(buf_bytes(text), buf_bytes(&b->text))
	    ? 0
	    : 1;
}

static int load_tree(void *payload)
{
	const struct pipeline_options options = { .snapshot_date = "2026-11-20",
		.keep_headers = true };
	struct bed *b = payload;
	CLEANUP(source_closep) struct source *src = NULL;
	CLEANUP(pipeline_freep) struct pipeline *p = NULL;
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct error why = { 0 };
	int rc = source_open_dir(b->tree, &src, &why), printed;

	if (rc == 0)
		rc = pipeline_load(src, &options, &p, &why);
	if (is_fault(rc))
		return p == NULL ? rc : 1;
	printed = print(p, &why, &text);
	return printed ? printed : compare(b, rc, &text);
}

static void test_every_case(void **state)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	struct bed b = { 0 };
	long n = 0;
	size_t i;

	(void)state;
	assert_int_equal(file_list("tests/cases/lang", &names, NULL), 0);
	for (i = 0; i < names.n; i++) {
		snprintf(b.tree, sizeof(b.tree), "tests/cases/lang/%s/tree",
		    names.names[i]);
		b.is_first = true;
		assert_int_equal(load_tree(&b), 0);
		b.is_first = false;
		fault_memory.what = names.names[i];
		n += sweep_whole(load_tree, &b);
	}
	buf_clear(&b.text);
	print_message("%ld allocations\n", n);
	assert_true(!FAULT_MEMORY || n > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
