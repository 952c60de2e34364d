/* log_tail: see log_tail.h. */
#include "reports/log_tail.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

/* Where the last lines begin, within both limits. */
static const char *find_start(struct bytes log, size_t *n)
{
	const char *p = log.p + log.n, *start = p;

	*n = 0;
	while (p > log.p && *n < LOG_TAIL_LINES &&
	    log.p + log.n - p < LOG_TAIL_BYTES) {
		p--;
		if (p == log.p || p[-1] == '\n') {
			start = p;
			++*n;
		}
	}
	/* One line longer than the limit: its end. */
	if (*n == 0 && log.n > 0) {
		*n = 1;
		return p;
	}
	return start;
}

static void add_line(struct buf *out, struct bytes line)
{
	while (line.n > 0) {
		const char *tab = memchr(line.p, '\t', line.n);
		size_t n = tab ? (size_t)(tab - line.p) : line.n;

		text_add_visible(out, (struct bytes){ line.p, n });
		if (tab != NULL)
			buf_add_str(out, "    ");
		n += tab != NULL;
		line.p += n;
		line.n -= n;
	}
	buf_add_char(out, '\n');
}

static size_t count_lines(struct bytes text)
{
	const char *p = text.p, *end = text.p + text.n;
	size_t n = 0;

	while (p < end) {
		p = memchr(p, '\n', (size_t)(end - p));
		n++;
		if (p == NULL)
			break;
		p++;
	}
	return n;
}

int log_tail_read(struct store *st, const struct digest *id, char **out,
    size_t *n, size_t *left, struct error *err)
{
	CLEANUP(buf_clear) struct buf log = { 0 }, tail = { 0 };
	struct bytes rest;
	const char *start;
	int rc;

	*out = NULL;
	*n = *left = 0;
	rc = digest_is_null(id) ? 0 : store_get(st, id, &log, NULL);
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc || log.n == 0)
		return 0;
	rest = buf_bytes(&log);
	if (rest.p[rest.n - 1] == '\n')
		rest.n--;
	start = find_start(rest, n);
	*left = count_lines((struct bytes){ rest.p, (size_t)(start - rest.p) });
	rest.n -= (size_t)(start - rest.p);
	rest.p = start;
	while (rest.n > 0) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t size = end ? (size_t)(end - rest.p) : rest.n;

		add_line(&tail, (struct bytes){ rest.p, size });
		size += end != NULL;
		rest.p += size;
		rest.n -= size;
	}
	*out = buf_steal(&tail);
	return *out ? 0 : error_memory(err);
}
