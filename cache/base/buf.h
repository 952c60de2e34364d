#ifndef SLUICE_CACHE_BASE_BUF_H
#define SLUICE_CACHE_BASE_BUF_H
/*
 * buf -- bytes: borrowed views and growing buffers.
 *
 * Use        CLEANUP(buf_clear) struct buf b = { 0 };
 *            buf_add_str(&b, "x"); buf_printf(&b, "%d", n);
 *            return buf_check(&b, err);
 * Shape      p is NUL-terminated once anything was added; n does not count
 *            the NUL; bytes may hold NULs.
 * Errors     Out of memory is remembered: adding to a failed buffer does
 *            nothing, and buf_check() says so once at the end.
 */
#include <stdbool.h>
#include <stddef.h>

#include "cache/base/error.h"

/* A view that somebody else owns. */
struct bytes {
	const char *p;
	size_t n;
};

struct buf {
	char *p;
	size_t n, cap;
	bool failed;
};

/* Views of a string and of a buffer. */
struct bytes bytes_of(const char *s);
struct bytes buf_bytes(const struct buf *b);

/* Equal length and bytes. */
bool bytes_eq(struct bytes a, struct bytes b);

/* Add bytes, a string, one byte, a printf text. */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for n more bytes behind b->n, or false (and the buffer failed). */
bool buf_reserve(struct buf *b, size_t n);

/* Empties, keeping the memory. */
void buf_reset(struct buf *b);

/* Frees; usable again. */
void buf_clear(struct buf *b);

/* Takes the memory out (mem_free() it); NULL where the buffer failed. An
 * empty buffer gives "". */
char *buf_steal(struct buf *b);

/* 0, or ERROR_MEMORY where some addition found no memory. */
int buf_check(const struct buf *b, struct error *err);

#endif
