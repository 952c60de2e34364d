/* ask: a request from a clone is anybody's bytes. What parses prints and
 * parses again to the same, and holds no line that it did not name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "hooks/ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ask *ask)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	const size_t n = strlen(ask->only);
	struct ask back;

	if ((n > 0 && ask->only[n - 1] != '\n') ||
	    strstr(ask->only, "\n\n") != NULL || ask->only[0] == '\n' ||
	    strpbrk(ask->reason, "\n\033") != NULL ||
	    strpbrk(ask->branch, " \n\033") != NULL)
		abort();
	if (ask_print(ask, &text, NULL) ||
	    ask_parse(buf_bytes(&text), &back, NULL) ||
	    back.kind != ask->kind || strcmp(back.branch, ask->branch) != 0 ||
	    strcmp(back.commit, ask->commit) != 0 ||
	    strcmp(back.only, ask->only) != 0 ||
	    strcmp(back.reason, ask->reason) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes text = { (const char *)data, size };
	struct ask ask;

	if (ask_parse(text, &ask, NULL) == 0)
		check(&ask);
	return 0;
}
