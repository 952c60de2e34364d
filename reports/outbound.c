/* outbound: see outbound.h. */
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/outbound_impl.h"

enum {
	COMMIT_DIGITS = 12,
	HANDLE_DIGITS = 16,
	NAME_BYTES = 100,
};

#define HEX "0123456789abcdef"

struct outbound *outbound_open(void)
{
	return mem_alloc(sizeof(struct outbound));
}

void outbound_close(struct outbound *o)
{
	if (o == NULL)
		return;
	buf_clear(&o->text);
	mem_free(o);
}

void outbound_closep(struct outbound **o)
{
	outbound_close(*o);
	*o = NULL;
}

int outbound_check(const struct outbound *o, struct error *err)
{
	return o ? buf_check(&o->text, err) : error_memory(err);
}

struct bytes outbound_bytes(const struct outbound *o)
{
	return o ? buf_bytes(&o->text) : bytes_of("");
}

void outbound_add_literal(struct outbound *o, const char *words)
{
	if (o != NULL)
		buf_add_str(&o->text, words);
}

void outbound_count(struct outbound *o, size_t n)
{
	if (o != NULL)
		buf_printf(&o->text, "%zu", n);
}

/* The beginning of text that is of these characters, at most so many. */
static void add_span(struct outbound *o, const char *text, const char *of,
    size_t most)
{
	size_t n = strspn(text, of);

	if (o != NULL)
		buf_add(&o->text, text, n < most ? n : most);
}

void outbound_commit(struct outbound *o, const char *hex)
{
	add_span(o, hex, HEX, COMMIT_DIGITS);
}

void outbound_handle(struct outbound *o, const char *hex)
{
	add_span(o, hex, HEX, HANDLE_DIGITS);
}

void outbound_date(struct outbound *o, const char *date)
{
	add_span(o, date, "0123456789-", strlen("2026-11-20"));
}

/* Shown, and never obeyed. */
void outbound_name(struct outbound *o, const char *branch)
{
	const struct bytes name = bytes_of(branch);

	if (o != NULL)
		text_add_visible(&o->text,
		    (struct bytes){ name.p, text_cut(name, NAME_BYTES) });
}

void outbound_place(struct outbound *o, const char *path, int line, int column)
{
	if (o == NULL)
		return;
	text_add_visible(&o->text, bytes_of(path));
	buf_printf(&o->text, ":%d:%d", line, column);
}

void outbound_by_hand(struct outbound *o, const char *text)
{
	if (o != NULL)
		buf_add_str(&o->text, text);
}
