/* A table's record of any bytes: what is understood prints as itself. */
#include <stdlib.h>

#include "cache/base/mem.h"
#include "cache/part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(table_clear) struct table t = { 0 }, again = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 }, other = { 0 };
	struct bytes bytes = { (const char *)data, size };

	if (table_parse(bytes, &t, NULL))
		return 0;
	if (table_print(&t, &text, NULL) ||
	    table_parse(buf_bytes(&text), &again, NULL) ||
	    table_print(&again, &other, NULL) ||
	    !bytes_eq(buf_bytes(&text), buf_bytes(&other)))
		abort();
	return 0;
}
