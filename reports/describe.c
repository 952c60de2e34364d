/* describe: see describe.h. */
#include "reports/describe.h"

#include <stdlib.h>
#include <string.h>

static int compare_path(const void *path, const void *item)
{
	return strcmp(path, ((const struct description *)item)->path);
}

const struct description *description_find(const struct descriptions *d,
    const char *path)
{
	if (d == NULL || d->n == 0)
		return NULL;
	return bsearch(path, d->items, d->n, sizeof(*d->items), compare_path);
}

static struct bytes find_line(struct bytes text, int lines)
{
	const char *end;

	for (; lines > 0 && text.n > 0; lines--) {
		end = memchr(text.p, '\n', text.n);
		if (end == NULL)
			return (struct bytes){ text.p, 0 };
		text.n -= (size_t)(end + 1 - text.p);
		text.p = end + 1;
	}
	end = text.n > 0 ? memchr(text.p, '\n', text.n) : NULL;
	if (end != NULL)
		text.n = (size_t)(end - text.p);
	return text;
}

struct bytes description_line(const struct description *d,
    struct described_place at)
{
	struct bytes found = { "", 0 };
	size_t i;

	for (i = 0; i < d->n_texts && found.n == 0 && at.path != NULL; i++) {
		const struct described_text *t = &d->texts[i];

		if (at.line >= t->at.line && strcmp(t->at.path, at.path) == 0)
			found = find_line(t->text, at.line - t->at.line);
	}
	return found;
}
