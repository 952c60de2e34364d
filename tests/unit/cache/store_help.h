#ifndef SLUICE_TESTS_STORE_HELP_H
#define SLUICE_TESTS_STORE_HELP_H
/* What the tests of the cache share: a store in a directory of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/store.h"

struct place {
	char dir[256];
	struct store *st;
};

/* Below dir. */
static inline int place_open_in(void **state, const char *below)
{
	struct place *p = mem_alloc(sizeof(*p));
	struct error err = { 0 };
	char dir[200], store[256];

	assert_int_equal(file_make_temp_dir(below, dir, sizeof(dir), &err), 0);
	snprintf(p->dir, sizeof(p->dir), "%s", dir);
	snprintf(store, sizeof(store), "%s/store", dir);
	if (store_open(store, &p->st, &err))
		fail_msg("%s", err.msg);
	*state = p;
	return 0;
}

static inline int place_open(void **state)
{
	return place_open_in(state, "/tmp");
}

static inline int place_close(void **state)
{
	struct place *p = *state;

	store_close(p->st);
	file_remove_tree(p->dir, NULL);
	mem_free(p);
	return 0;
}

/* The error must be none; its words where it is. */
#define OK(call)                                                            \
	do {                                                                \
		struct error err = { 0 };                                   \
		if ((call) != 0)                                            \
			fail_msg("%s:%d: %s", __FILE__, __LINE__, err.msg); \
	} while (0)

static inline struct digest put_str(struct store *st, const char *text)
{
	struct digest d;

	OK(store_put(st, bytes_of(text), &d, &err));
	return d;
}

/* DIR/KIND/ab/cdef... */
static inline void path_in_store(const struct store *st, const char *kind,
    const struct digest *id, char *out, size_t size)
{
	char hex[DIGEST_HEX + 1];

	digest_print(id, hex);
	snprintf(out, size, "%s/%s/%.2s/%s", store_dir(st), kind, hex, hex + 2);
}

static inline size_t count_names(const struct store *st, const char *kind)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", store_dir(st), kind);
	OK(file_list(path, &names, &err));
	return names.n;
}

/* A generator of our own, so that a seed means the same everywhere
 * (splitmix64, Steele, Lea and Flood 2014). */
static inline uint64_t next_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

/* Flips one bit of a file, whatever its mode. */
static inline void flip_bit(const char *path, uint64_t bit)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	FILE *f;

	OK(file_read(path, FILE_MAX, &b, &err));
	assert_true(b.n > 0);
	b.p[bit / 8 % b.n] = (char)(b.p[bit / 8 % b.n] ^ (1 << bit % 8));
	unlink(path);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
	fclose(f);
}

#endif
