/* reflog: a log of git's, and how much of it was seen before, are any bytes.
 * What is told are ids, none of them the tip; going on from where it ended
 * tells nothing of it again. The first byte is the size that was seen. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "hooks/reflog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TIP "1111111111111111111111111111111111111111"

static int see(const char *commit, void *payload, struct error *err)
{
	size_t *n = payload;

	(void)err;
	if (strlen(commit) != 40 || strcmp(commit, TIP) == 0)
		abort();
	++*n;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes log = { (const char *)data, size };
	struct reflog_from from = { .commit = "2", .tip = TIP };
	size_t n = 0;
	int64_t end;

	if (size == 0)
		return 0;
	from.size = data[0];
	log.p++;
	log.n--;
	if (reflog_parse(log, &from, see, &n, &end, NULL) || end < 0 ||
	    (size_t)end > log.n)
		abort();
	from.size = end;
	n = 0;
	if (reflog_parse(log, &from, see, &n, &end, NULL) || n > 0)
		abort();
	return 0;
}
