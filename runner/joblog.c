/* joblog: see joblog.h. */
#include "runner/joblog.h"

#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"

int joblog_init(struct joblog *l, int fd, struct error *err)
{
	*l = (struct joblog){ .fd = fd };
	l->ring = mem_alloc(JOBLOG_TAIL);
	return l->ring ? 0 : error_memory(err);
}

static void write_out(struct joblog *l, struct bytes data)
{
	if (l->fd >= 0 && l->failed.code == 0)
		file_write_fd(l->fd, data, &l->failed);
}

static void add_ring(struct joblog *l, struct bytes data)
{
	uint64_t at = l->n;

	if (data.n > JOBLOG_TAIL) {
		at += data.n - JOBLOG_TAIL;
		data.p += data.n - JOBLOG_TAIL;
		data.n = JOBLOG_TAIL;
	}
	while (data.n > 0) {
		size_t place = (size_t)(at % JOBLOG_TAIL);
		size_t n = JOBLOG_TAIL - place;

		if (n > data.n)
			n = data.n;
		memcpy(l->ring + place, data.p, n);
		at += n;
		data.p += n;
		data.n -= n;
	}
}

void joblog_add(struct joblog *l, struct bytes data)
{
	if (l->n < JOBLOG_HEAD) {
		size_t room = JOBLOG_HEAD - (size_t)l->n;

		write_out(l,
		    (struct bytes){ data.p, data.n < room ? data.n : room });
	}
	add_ring(l, data);
	l->n += data.n;
}

void joblog_tail(const struct joblog *l, size_t max, struct buf *out)
{
	uint64_t n = l->n, at;

	if (n > JOBLOG_TAIL)
		n = JOBLOG_TAIL;
	if (n > max)
		n = max;
	for (at = l->n - n; at < l->n;) {
		size_t place = (size_t)(at % JOBLOG_TAIL);
		size_t piece = JOBLOG_TAIL - place;

		if (piece > l->n - at)
			piece = (size_t)(l->n - at);
		buf_add(out, l->ring + place, piece);
		at += piece;
	}
}

int joblog_finish(struct joblog *l, struct error *err)
{
	CLEANUP(buf_clear) struct buf rest = { 0 };

	if (l->n > JOBLOG_HEAD) {
		uint64_t behind = l->n - JOBLOG_HEAD;
		size_t n = behind < JOBLOG_TAIL ? (size_t)behind : JOBLOG_TAIL;

		if (behind > n)
			buf_printf(&rest,
			    "\n[sluice: %llu bytes are left out here]\n",
			    (unsigned long long)(behind - n));
		joblog_tail(l, n, &rest);
		if (buf_check(&rest, err))
			return ERROR_MEMORY;
		write_out(l, buf_bytes(&rest));
	}
	if (l->failed.code)
		return error_set(err, l->failed.code, "the log: %s",
		    l->failed.msg);
	return 0;
}

void joblog_clear(struct joblog *l)
{
	mem_free(l->ring);
	l->ring = NULL;
}
