/* A part's statistics of any bytes: what is understood prints as itself, and
 * adds up. */
#include <stdlib.h>

#include "cache/base/mem.h"
#include "cache/statistics_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(part_statistics_clear) struct part_statistics p = { 0 };
	CLEANUP(part_statistics_clear) struct part_statistics again = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 }, other = { 0 };
	struct bytes bytes = { (const char *)data, size };
	struct bins all = { 0 };
	size_t i;

	if (!part_statistics_parse(bytes, &p))
		return 0;
	for (i = 0; i < p.n; i++)
		bins_merge(&all, &p.of[i].bins);
	if (all.n > BINS || part_statistics_print(&p, &text, NULL) ||
	    !part_statistics_parse(buf_bytes(&text), &again) ||
	    part_statistics_print(&again, &other, NULL) ||
	    !bytes_eq(buf_bytes(&text), buf_bytes(&other)))
		abort();
	return 0;
}
