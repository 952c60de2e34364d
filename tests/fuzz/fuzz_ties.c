/* ties_find(): any text, as SQL. What it finds lies in the text, and each list
 * of columns is names. */
#include <stdlib.h>
#include <string.h>

#include "runner/lang/ties.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static size_t lines_of(const unsigned char *data, size_t n)
{
	size_t i, lines = 1;

	for (i = 0; i < n; i++)
		lines += data[i] == '\n';
	return lines;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct arena a = { 0 };
	struct error err = { 0 };
	const struct ties *ties;
	size_t i, k, length = 0;

	if (ties_find(&a, (struct bytes){ (const char *)data, n }, 1, &ties,
	        &err))
		abort();
	for (i = 0; ties != NULL && i < ties->n_uses; i++) {
		const struct ties_use *u = &ties->uses[i];

		if (u->line < 1 || (size_t)u->line > lines_of(data, n) ||
		    u->col < 1 || (size_t)u->col > n || u->what == NULL)
			abort();
		for (k = 0; k < u->columns.n; k++)
			length += strlen(u->columns.names[k]);
	}
	if (ties != NULL &&
	    !ties_has_words((struct bytes){ (const char *)data, n }))
		abort();
	arena_clear(&a);
	return length > 1 << 30;
}
