/* Deltas of any bytes: what comes out is what the head says, and nothing is
 * read beside it. The first byte says how many of the bytes are the base; of
 * base and rest a delta is made, too, and gives the rest again. */
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/delta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool it)
{
	if (!it)
		abort();
}

static void check_apply(struct bytes delta, struct bytes base)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct delta_head head;

	if (delta_apply(delta, base, &out, NULL))
		return;
	expect(delta_read_head(delta, &head, NULL) == 0);
	expect(out.n == head.bytes && head.size <= DELTA_HEAD_MOST);
}

static void check_make(struct bytes base, struct bytes data)
{
	static const struct digest id = { { 1 } };
	CLEANUP(buf_clear) struct buf delta = { 0 }, out = { 0 };
	uint64_t reached;

	if (delta_make(&id, 1, base, data, &delta, &reached, NULL))
		return;
	expect(delta.n <= data.n / DELTA_SHARE && reached <= base.n);
	expect(delta_apply(buf_bytes(&delta), base, &out, NULL) == 0);
	expect(bytes_eq(buf_bytes(&out), data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(mem_freep) char *base = NULL, *rest = NULL;
	size_t n;

	if (size == 0)
		return 0;
	n = (size - 1) * data[0] / 255;
	base = mem_alloc(n);
	rest = mem_alloc(size - 1 - n);
	expect(base != NULL && rest != NULL);
	memcpy(base, data + 1, n);
	memcpy(rest, data + 1 + n, size - 1 - n);
	check_apply((struct bytes){ rest, size - 1 - n },
	    (struct bytes){ base, n });
	check_make((struct bytes){ base, n },
	    (struct bytes){ rest, size - 1 - n });
	return 0;
}
