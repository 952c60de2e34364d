/* fuzz_duckdb: the text of a DuckDB node, whatever it is: tokens go forward and
 * to the end, and statements lie in the text one behind the other. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/duckdb_body.h"

static void check_tokens(struct bytes text)
{
	size_t pos = 0, before = 0;
	struct sql_token t;

	while ((t = duckdb_next(text, &pos)).kind != SQL_END) {
		if (t.at < before || t.n == 0 || pos != t.at + t.n ||
		    pos > text.n)
			abort();
		before = pos;
	}
	if (pos != text.n)
		abort();
}

static void check_statements(const struct sql_body *body, size_t n)
{
	size_t i, before = 0;

	for (i = 0; i < body->n; i++) {
		const struct sql_statement *s = &body->statements[i];

		if (s->from < before || s->to <= s->from || s->to > n)
			abort();
		before = s->to;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a = { 0 };
	/* its own memory, so that a byte behind it is found */
	char *copy = malloc(n ? n : 1);
	struct bytes text = { copy, n };
	struct sql_body body = { 0 };
	size_t at = 0;

	if (copy == NULL)
		abort();
	memcpy(copy, data, n);
	check_tokens(text);
	if (duckdb_body_parse(&a, text, &body, &at, NULL) == 0)
		check_statements(&body, n);
	if (at > n)
		abort();
	duckdb_body_guard(&a, text, &at, NULL);
	duckdb_asks_clock(text);
	arena_clear(&a);
	free(copy);
	return 0;
}
