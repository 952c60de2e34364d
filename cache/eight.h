#ifndef SLUICE_CACHE_EIGHT_H
#define SLUICE_CACHE_EIGHT_H
/*
 * eight -- eight bytes of text looked at at once, as one number. Fields are
 * short: it spares the loop over their bytes and its last guess.
 *
 * Source     "Determine if a word has a zero byte", S. E. Anderson, Bit
 *            Twiddling Hacks. Private to cache.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A byte, eight times. */
#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (unsigned char)(byte))

static inline uint64_t eight_at(const char *p)
{
	uint64_t word;

	memcpy(&word, p, 8);
	return word;
}

/* Which of eight bytes may be the one that pattern has eight times: the high
 * bit of the first that is, is set; of those behind it, it may be set without
 * reason (a borrow). */
static inline uint64_t eight_find(uint64_t word, uint64_t pattern)
{
	uint64_t x = word ^ pattern;

	return (x - EIGHT(1)) & ~x & EIGHT(0x80);
}

/* On from p: to the first of three bytes (given eight times), or to where
 * fewer than eight bytes are left, or to some place before both. */
static inline const char *eight_skip(const char *p, const char *end, uint64_t a,
    uint64_t b, uint64_t c)
{
	while (end - p >= 8) {
		uint64_t word = eight_at(p);
		uint64_t found = eight_find(word, a) | eight_find(word, b) |
		    eight_find(word, c);

		if (found != 0 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
			return p + __builtin_ctzll(found) / 8;
		if (found != 0)
			return p;
		p += 8;
	}
	return p;
}

#endif
