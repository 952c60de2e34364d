/* The index of a landing directory, of any bytes: what is parsed is sorted, and
 * printed and parsed again it is the same. */
#include <stdlib.h>
#include <string.h>

#include "cache/landing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool it)
{
	if (!it)
		abort();
}

static void expect_same(const struct landing_list *a,
    const struct landing_list *b)
{
	size_t i;

	expect(a->n == b->n);
	for (i = 0; i < a->n; i++) {
		const struct landing_file *x = &a->files[i], *y = &b->files[i];

		expect(strcmp(x->path, y->path) == 0);
		expect(landing_marks_eq(&x->marks, &y->marks));
		expect(digest_eq(&x->blob, &y->blob));
		expect(i == 0 || strcmp(x[-1].path, x->path) < 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(landing_list_clear) struct landing_list list = { 0 };
	CLEANUP(landing_list_clear) struct landing_list again = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };

	if (landing_index_parse((struct bytes){ (const char *)data, size },
	        &list, NULL))
		return 0;
	expect(landing_index_print(&list, &text, NULL) == 0);
	expect(landing_index_parse(buf_bytes(&text), &again, NULL) == 0);
	expect_same(&list, &again);
	return 0;
}
