#ifndef SLUICE_CACHE_SIXTEEN_H
#define SLUICE_CACHE_SIXTEEN_H
/*
 * sixteen -- sixteen bytes of text looked at at once. Fields are short: it
 * spares the loop over their bytes, and its last guess.
 *
 * Shape      Vectors as GCC and clang have them for every machine; where there
 *            is SSE2, the place of a byte is one instruction of it.
 * Twin       SIXTEEN_PLAIN is the way without SSE2; test_sixteen checks both.
 * Private to cache.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__) && !defined(SIXTEEN_PLAIN)
#include <emmintrin.h>
#endif

typedef uint8_t sixteen __attribute__((vector_size(16)));
typedef uint64_t sixteen_words __attribute__((vector_size(16)));

static inline sixteen sixteen_at(const char *p)
{
	sixteen v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Where bytes are c, all ones; else zero. */
static inline sixteen sixteen_is(sixteen v, char c)
{
	return (sixteen)(v == (uint8_t)c);
}

/* The first byte that is not zero; 16: none. */
static inline unsigned sixteen_first(sixteen found)
{
#if defined(__SSE2__) && !defined(SIXTEEN_PLAIN)
	int mask = _mm_movemask_epi8((__m128i)found);

	return (unsigned)__builtin_ctz((unsigned)mask | 1U << 16);
#else
	unsigned i;

	for (i = 0; i < 16 && found[i] == 0; i++)
		;
	return i;
#endif
}

/* The first of three bytes at or behind p, or end. */
static inline const char *sixteen_find(const char *p, const char *end, char a,
    char b, char c)
{
	for (; end - p >= 16; p += 16) {
		sixteen v = sixteen_at(p);
		unsigned n = sixteen_first(
		    sixteen_is(v, a) | sixteen_is(v, b) | sixteen_is(v, c));

		if (n < 16)
			return p + n;
	}
	while (p < end && *p != a && *p != b && *p != c)
		p++;
	return p;
}

static inline uint64_t eight_at(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static inline uint64_t four_at(const char *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* All of n bytes, 1 to 16, in any order, and perhaps zeros. */
static inline sixteen sixteen_of(const char *p, size_t n)
{
	sixteen_words w = { 0, 0 };

	if (n >= 8) {
		w[0] = eight_at(p);
		w[1] = eight_at(p + n - 8);
	} else if (n >= 4) {
		w[0] = four_at(p) | four_at(p + n - 4) << 32;
	} else {
		w[0] = (uint64_t)(uint8_t)p[0] |
		    (uint64_t)(uint8_t)p[n / 2] << 8 |
		    (uint64_t)(uint8_t)p[n - 1] << 16;
	}
	return (sixteen)w;
}

/* memcpy() of what is mostly short; p may be NULL where n is 0. Returns the
 * end. */
static inline char *sixteen_copy(char *out, const char *p, size_t n)
{
	uint64_t first, last;

	if (n >= 8 && n <= 16) {
		first = eight_at(p);
		last = eight_at(p + n - 8);
		memcpy(out, &first, 8);
		memcpy(out + n - 8, &last, 8);
	} else if (n >= 4 && n < 8) {
		uint32_t words[2] = { (uint32_t)four_at(p),
			(uint32_t)four_at(p + n - 4) };

		memcpy(out, &words[0], 4);
		memcpy(out + n - 4, &words[1], 4);
	} else if (n > 0) {
		memcpy(out, p, n);
	}
	return out + n;
}

#endif
