#ifndef SLUICE_CACHE_BASE_MEM_H
#define SLUICE_CACHE_BASE_MEM_H
/*
 * mem -- all memory of ours: single pieces, growing arrays, arenas.
 *
 * Use        CLEANUP(mem_freep) char *s = mem_strdup(x);
 *            struct arena a = { 0 }; p = arena_alloc(&a, n); arena_clear(&a);
 * Errors     Everything here returns NULL when there is no memory; callers
 *            answer error_memory(err).
 * Ownership  A piece is its holder's. What an arena gives lives until
 *            arena_clear().
 */
#include <stddef.h>

/* Runs fn on a variable's address when it goes out of scope. The variable is
 * to be initialised where it is declared. */
#define CLEANUP(fn) __attribute__((__cleanup__(fn)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* n zeroed bytes (at least one). */
void *mem_alloc(size_t n);

/* n * size zeroed bytes; NULL also where that overflows. */
void *mem_array(size_t n, size_t size);

/* Room for one more item behind n in an array with *cap places: returns the
 * array, perhaps moved, or NULL with the old one untouched. */
void *mem_grow(void *items, size_t n, size_t *cap, size_t size);

/* Copies of a string, and of its first n bytes with a NUL. */
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t n);

/* Frees p; NULL is fine. */
void mem_free(void *p);

/* mem_free(*(void **)p), for CLEANUP on any pointer. */
void mem_freep(void *p);

struct arena_block;
struct arena {
	struct arena_block *head;
	size_t used; /* bytes given out */
};

/* n zeroed bytes, aligned for anything. */
void *arena_alloc(struct arena *a, size_t n);

/* The same, aligned for nothing: room for text. */
char *arena_text(struct arena *a, size_t n);

/* n * size zeroed bytes; NULL also where that overflows. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* As mem_grow(), in the arena: the old places stay until it is cleared, so
 * the cost is at most twice the final size. */
void *arena_grow(struct arena *a, void *items, size_t n, size_t *cap,
    size_t size);

/* Copies of strings in the arena. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Moves all that b gave into a, where it lives on; b is empty and usable. */
void arena_join(struct arena *a, struct arena *b);

/* Frees all that the arena gave; the arena is empty and usable again. */
void arena_clear(struct arena *a);

/* The same, but its newest block is kept for what comes next. */
void arena_reset(struct arena *a);

#endif
