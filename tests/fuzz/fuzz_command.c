/* command: the words of an action, the status that bubblewrap writes, and the
 * log of a job are anybody's bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A word so that it is read back: every quote doubled, in quotes. */
static void add_quoted(struct buf *out, const char *word)
{
	buf_add_str(out, " '");
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_add_char(out, '\'');
		buf_add_char(out, *word);
	}
	buf_add_char(out, '\'');
}

static void check_words(const char *line)
{
	CLEANUP(words_clear) struct words w = { 0 }, back = { 0 };
	CLEANUP(buf_clear) struct buf again = { 0 };
	size_t i;

	if (words_split(line, &w, NULL))
		return;
	for (i = 0; i < w.n; i++)
		add_quoted(&again, w.v[i]);
	if (w.n == 0)
		return;
	if (words_split(again.p, &back, NULL) || back.n != w.n)
		abort();
	for (i = 0; i < w.n; i++)
		if (strcmp(w.v[i], back.v[i]) != 0)
			abort();
	buf_reset(&again);
	sandbox_print(&w, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes text = { (const char *)data, size };
	CLEANUP(mem_freep) char *line = mem_strndup((const char *)data, size);
	int exit = 0;

	if (line != NULL)
		check_words(line);
	sandbox_ended(text, &exit);
	if (command_error_line(text, "x.sh") < 0)
		abort();
	return 0;
}
