/* updates: the lines of post-receive and of spool files are anybody's bytes.
 * What parses prints and parses again to the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "hooks/updates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct updates *u)
{
	CLEANUP(updates_clear) struct updates back = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	size_t i;

	updates_print(u, &text);
	if (updates_parse_spool(buf_bytes(&text), &back, NULL) ||
	    back.n != u->n || strcmp(back.user, u->user) != 0)
		abort();
	for (i = 0; i < u->n; i++)
		if (strcmp(back.items[i].to, u->items[i].to) != 0 ||
		    strcmp(back.items[i].ref, u->items[i].ref) != 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes text = { (const char *)data, size };
	struct updates u = { 0 };

	if (updates_parse(text, &u, NULL) == 0)
		check(&u);
	updates_clear(&u);
	if (updates_parse_spool(text, &u, NULL) == 0)
		check(&u);
	updates_clear(&u);
	return 0;
}
