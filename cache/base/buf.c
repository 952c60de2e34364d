/* buf: see buf.h. */
#include "cache/base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes bytes_of(const char *s)
{
	return (struct bytes){ s, strlen(s) };
}

struct bytes buf_bytes(const struct buf *b)
{
	return (struct bytes){ b->p ? b->p : "", b->n };
}

bool bytes_eq(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool buf_reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 64;
	char *p;

	if (b->failed)
		return false;
	if (n >= SIZE_MAX / 2 - b->n) {
		b->failed = true;
		return false;
	}
	if (b->n + n + 1 <= b->cap)
		return true;
	while (cap < b->n + n + 1)
		cap *= 2;
	p = realloc(b->p, cap);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	b->p[b->n] = '\0';
	return true;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if ((b->failed || n >= b->cap - b->n) && !buf_reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !buf_reserve(b, (size_t)n)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->failed = false;
	if (b->p != NULL)
		b->p[0] = '\0';
}

void buf_clear(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

char *buf_steal(struct buf *b)
{
	char *p;

	buf_add(b, "", 0);
	p = b->failed ? NULL : b->p;
	if (p == NULL)
		free(b->p);
	*b = (struct buf){ 0 };
	return p;
}

int buf_check(const struct buf *b, struct error *err)
{
	return b->failed ? error_memory(err) : 0;
}
