/* index: a file of ours may hold anything. Bytes of a good image are changed,
 * as the input says (three bytes each: where, and the new one): what parses
 * answers and moves without harm, whatever the answer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/lang/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_OF(path, text)                    \
	{                                      \
		path,                          \
		{                              \
			text, sizeof(text) - 1 \
		}                              \
	}
#define SQL "@include action/sql/sqlite\n"

static const struct memory_file before[] = {
	FILE_OF("T.csv", "a\n1\n"),
	FILE_OF("lib/l", "@abstract\n@param site\n"),
	FILE_OF("lib/P.sql", SQL "@depend /T\nSELECT a, {{site}} FROM T\n"),
	FILE_OF("lib/Q.sql", SQL "@depend ./P\n@file ./h\nSELECT 1 FROM P\n"),
	FILE_OF("lib/h", "x\n"),
	FILE_OF("A/m", "@include /lib site=a\n"),
	FILE_OF("B/m", "@include /lib site=b\n"),
	FILE_OF("U.sql", SQL "@depend /*/Q as q\nSELECT 2 FROM q ORDER BY 1\n"),
};
static const struct memory_file after[] = {
	FILE_OF("T.csv", "a\n2\n"),
	FILE_OF("lib/l", "@abstract\n@param site\n"),
	FILE_OF("lib/P.sql", SQL "@depend /T\nSELECT 7, {{site}} FROM T\n"),
	FILE_OF("lib/Q.sql", SQL "@depend ./P\n@file ./h\nSELECT 1 FROM P\n"),
	FILE_OF("lib/h", "y\n"),
	FILE_OF("A/m", "@include /lib site=a\n"),
	FILE_OF("B/m", "@include /lib site=b\n"),
	FILE_OF("U.sql", SQL "@depend /*/Q as q\nSELECT 3 FROM q ORDER BY 1\n"),
};

/* The image of `before`, made once. */
static void make_image(struct source *src, struct buf *out)
{
	struct pipeline *p = NULL;
	struct index *x = NULL;

	if (pipeline_load(src, NULL, &p, NULL) ||
	    index_make(p, "", "fuzz", &x, NULL))
		abort();
	buf_add(out, index_image(x).p, index_image(x).n);
	index_free(x);
	pipeline_free(p);
}

static void use(struct index *x, struct source *from, struct source *to)
{
	struct changes c = { 0 };
	bool known;
	size_t i, n = 0;

	if (index_changes(x, from, to, true, &known, &c, NULL) == 0 && known)
		for (i = 0; i < c.n_affected; i++)
			n += strlen(changes_path(&c, c.affected[i].node));
	changes_clear(&c);
	for (i = 0; i < index_n_patterns(x); i++)
		n += strlen(index_pattern(x, i));
	if (index_warnings(x) != NULL)
		n += strlen(index_warnings(x));
	if (index_move(x, from, to, &known, NULL) == 0 && known &&
	    index_changes(x, to, from, false, &known, &c, NULL) == 0 && known)
		changes_clear(&c);
	(void)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_clear) struct buf image = { 0 };
	CLEANUP(index_freep) struct index *x = NULL;
	struct source *from = NULL, *to = NULL;

	if (source_open_memory(before, ARRAY_LEN(before), &from, NULL) ||
	    source_open_memory(after, ARRAY_LEN(after), &to, NULL))
		abort();
	make_image(from, &image);
	for (; size >= 3; size -= 3, data += 3)
		image.p[(data[0] * 256U + data[1]) % image.n] = (char)data[2];
	if (index_parse(&image, "", "fuzz", &x, NULL) == 0)
		use(x, from, to);
	source_close(from);
	source_close(to);
	return 0;
}
