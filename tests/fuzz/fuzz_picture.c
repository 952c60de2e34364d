/* picture: what a program called dot answers. Whatever is taken has all its
 * boxes, edges between them, and whole curves. */
#include <stdint.h>
#include <stdlib.h>

#include "cache/base/mem.h"
#include "reports/picture.h"

enum {
	BOXES = 3
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(picture_clear) struct picture p = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	size_t i, n = 0;

	buf_add(&text, data, size);
	buf_add_char(&text, '\n');
	if (text.failed || picture_parse(text.p, BOXES, &p, NULL))
		return 0;
	if (p.n_boxes != BOXES)
		abort();
	for (i = 0; i < p.n_edges; i++) {
		const struct picture_edge *e = &p.edges[i];

		if (e->from >= BOXES || e->to >= BOXES || e->n % 3 != 1 ||
		    e->first != n || e->first + e->n > p.n_points)
			abort();
		n += e->n;
	}
	return 0;
}
