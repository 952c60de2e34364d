/* mem: see mem.h. */
#include "cache/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCK_FIRST = 4096,
	BLOCK_MOST = 1 << 20,
	ALIGN = 16,
};

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used; /* from its start: what is aligned */
	size_t texts; /* from its end: strings, which need not be */
	_Alignas(ALIGN) char data[];
};

void *mem_alloc(size_t n)
{
	return calloc(1, n ? n : 1);
}

void *mem_array(size_t n, size_t size)
{
	return calloc(n ? n : 1, size ? size : 1);
}

void *mem_grow(void *items, size_t n, size_t *cap, size_t size)
{
	size_t more;
	void *p;

	if (n < *cap)
		return items;
	more = *cap ? *cap * 2 : 8;
	if (more < *cap || more > SIZE_MAX / size)
		return NULL;
	p = realloc(items, more * size);
	if (p != NULL)
		*cap = more;
	return p;
}

char *mem_strndup(const char *s, size_t n)
{
	char *p = malloc(n + 1);

	if (p != NULL) {
		memcpy(p, s, n);
		p[n] = '\0';
	}
	return p;
}

char *mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

void mem_free(void *p)
{
	free(p);
}

void mem_freep(void *p)
{
	void *v;

	memcpy(&v, p, sizeof(v));
	free(v);
}

/* The block that has room for n more bytes. */
static struct arena_block *find_room(struct arena *a, size_t n)
{
	struct arena_block *b = a->head;
	size_t size = b ? b->size * 2 : BLOCK_FIRST;

	if (b != NULL && b->size - b->used - b->texts >= n)
		return b;
	if (size > BLOCK_MOST)
		size = BLOCK_MOST;
	if (size < n)
		size = n;
	b = calloc(1, sizeof(*b) + size);
	if (b == NULL)
		return NULL;
	b->size = size;
	b->next = a->head;
	a->head = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b;
	size_t need;

	if (n > SIZE_MAX - 2 * ALIGN - sizeof(*b))
		return NULL;
	need = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (need == 0)
		need = ALIGN;
	b = find_room(a, need);
	if (b == NULL)
		return NULL;
	b->used += need;
	a->used += need;
	return b->data + b->used - need;
}

char *arena_text(struct arena *a, size_t n)
{
	struct arena_block *b;

	if (n > SIZE_MAX - 2 * ALIGN - sizeof(*b))
		return NULL;
	b = find_room(a, n);
	if (b == NULL)
		return NULL;
	b->texts += n;
	a->used += n;
	return b->data + b->size - b->texts;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, n * size);
}

void *arena_grow(struct arena *a, void *items, size_t n, size_t *cap,
    size_t size)
{
	size_t more = *cap ? *cap * 2 : 4;
	void *p;

	if (n < *cap)
		return items;
	p = arena_array(a, more, size);
	if (p == NULL)
		return NULL;
	if (n > 0)
		memcpy(p, items, n * size);
	*cap = more;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_text(a, n + 1);

	if (p != NULL)
		memcpy(p, s, n);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	p = arena_text(a, (size_t)n + 1);
	if (p == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void arena_join(struct arena *a, struct arena *b)
{
	struct arena_block **end = &b->head;

	/* a goes on in the block that it was filling */
	while (*end != NULL)
		end = &(*end)->next;
	if (a->head != NULL) {
		*end = a->head->next;
		a->head->next = b->head;
	} else {
		a->head = b->head;
	}
	a->used += b->used;
	*b = (struct arena){ 0 };
}

void arena_clear(struct arena *a)
{
	while (a->head != NULL) {
		struct arena_block *b = a->head;

		a->head = b->next;
		free(b);
	}
	a->used = 0;
}

void arena_reset(struct arena *a)
{
	struct arena_block *kept = a->head;

	if (kept == NULL)
		return;
	a->head = kept->next;
	arena_clear(a);
	memset(kept->data, 0, kept->used);
	memset(kept->data + kept->size - kept->texts, 0, kept->texts);
	kept->used = kept->texts = 0;
	kept->next = NULL;
	a->head = kept;
}
