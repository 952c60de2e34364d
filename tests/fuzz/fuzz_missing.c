/* missing: whatever an engine says, a column that is read from it is a part of
 * the words, and UTF-8 where they are. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/missing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *message, const char *name, bool is_text)
{
	if (strstr(message, name) == NULL ||
	    (is_text && text_utf8_error(bytes_of(name)) != strlen(name)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *message = mem_strndup((const char *)data, size);
	struct missing m;

	if (message == NULL)
		abort();
	if (missing_read(message, &m)) {
		bool is_text =
		    text_utf8_error(bytes_of(message)) == strlen(message);

		check(message, m.name, is_text);
		check(message, m.qualifier, is_text);
	} else if (m.name[0] != '\0' || m.qualifier[0] != '\0') {
		abort();
	}
	mem_free(message);
	return 0;
}
