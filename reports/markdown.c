/* markdown: see markdown.h. */
#include "reports/markdown.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

enum {
	NAME_BYTES = 200,
};

/* Blanks at an end of code are not shown. */
static bool is_to_escape(struct bytes name, size_t i)
{
	return name.p[i] == '`' || name.p[i] == '|' ||
	    (name.p[i] == ' ' && (i == 0 || i + 1 == name.n));
}

void markdown_name(struct buf *out, const char *name)
{
	CLEANUP(buf_clear) struct buf safe = { 0 };
	struct bytes shown;
	size_t i;

	text_add_visible(&safe, bytes_of(name));
	out->failed |= safe.failed;
	if (safe.failed || safe.n == 0)
		return;
	shown =
	    (struct bytes){ safe.p, text_cut(buf_bytes(&safe), NAME_BYTES) };
	buf_add_char(out, '`');
	for (i = 0; i < shown.n; i++)
		if (is_to_escape(shown, i))
			buf_printf(out, "\\x%02x", (unsigned)shown.p[i]);
		else
			buf_add_char(out, shown.p[i]);
	buf_add_char(out, '`');
	if (shown.n < safe.n)
		buf_add_str(out, "\xe2\x80\xa6");
}

/* The longest run of backticks in text. */
static size_t longest_ticks(const char *text)
{
	size_t most = 0;

	while (*text != '\0') {
		size_t n = strspn(text, "`");

		if (n > most)
			most = n;
		text += n + (text[n] != '\0');
	}
	return most;
}

void markdown_fence(struct buf *out, const char *text)
{
	size_t n = longest_ticks(text) + 1, i;

	n = n < 3 ? 3 : n;
	for (i = 0; i < n; i++)
		buf_add_char(out, '`');
	buf_printf(out, "text\n%s", text);
	for (i = 0; i < n; i++)
		buf_add_char(out, '`');
	buf_add_char(out, '\n');
}
