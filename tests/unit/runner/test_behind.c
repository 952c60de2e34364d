/* behind: manifests made here, and what differs by itself in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/mem.h"
#include "runner/behind.h"

static struct digest name(const char *text)
{
	struct digest d;

	assert_int_equal(digest_of(bytes_of(text), &d, NULL), 0);
	return d;
}

/* A node that reads another (or NULL), of a file's version. */
static void add(struct manifest *m, const char *path, const char *input,
    char blob, const char *key, const char *table)
{
	struct manifest_node *n = manifest_add(m, path);

	assert_non_null(n);
	n->file = mem_strdup(path);
	n->file_blob = mem_strdup("1111111111111111111111111111111111111111");
	memset(n->file_blob, blob, 40);
	n->key = name(key);
	n->table = name(table);
	if (input == NULL)
		return;
	n->inputs = mem_array(1, sizeof(*n->inputs));
	n->inputs[0] = mem_strdup(input);
	n->n_inputs = 1;
}

struct world {
	struct manifest before, after;
};

static void finish(struct world *w)
{
	manifest_clear(&w->before);
	manifest_clear(&w->after);
}

/* "B C" and the words. */
static void expect(const struct world *w, const char *path, const char *wanted,
    const char *words)
{
	CLEANUP(behind_clear) struct behind b = { 0 };
	CLEANUP(buf_clear) struct buf got = { 0 };
	char text[200];
	size_t i;

	assert_int_equal(behind_find(&w->before, &w->after, path, &b, NULL), 0);
	for (i = 0; i < b.n; i++)
		buf_printf(&got, "%s%s", i ? " " : "", b.nodes[i]->path);
	assert_string_equal(got.p ? got.p : "", wanted);
	behind_print(&w->before, &w->after, path, text, sizeof(text));
	assert_string_equal(text, words);
}

/* A -> B -> C -> D: files are delivered to A, and B's code changes; what C
 * makes is as it was. */
static void each_of_a_chain(void **state)
{
	struct world w = { 0 };

	(void)state;
	add(&w.before, "A", NULL, '1', "a", "a");
	add(&w.before, "B", "A", '1', "b", "b");
	add(&w.before, "C", "B", '1', "c", "c");
	add(&w.before, "D", "C", '1', "d", "d");
	add(&w.after, "A", NULL, '1', "a2", "a2");
	add(&w.after, "B", "A", '2', "b2", "b2");
	add(&w.after, "C", "B", '1', "c2", "c");
	add(&w.after, "D", "C", '1', "d", "d");
	add(&w.after, "E", "D", '1', "e", "e");
	expect(&w, "A", "A", "what it is told by others");
	expect(&w, "B", "A B", "code");
	expect(&w, "C", "A B", "input B");
	expect(&w, "D", "", "");
	expect(&w, "E", "E", "new");
	expect(&w, "F", "", "");
	finish(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_a_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
