#ifndef SLUICE_CACHE_WIDE_H
#define SLUICE_CACHE_WIDE_H
/*
 * wide -- doubles and their decimal digits, both ways, by whole numbers of 128
 * bits. Private to number.c.
 *
 * Why        An average has 16 or 17 digits; printf() and strtod() take
 *            microseconds for each, several times on its way through a node.
 * How        A double is m * 2^e. Up to 22 powers of ten fit beside m in 128
 *            bits, so that what is asked for is exact, and no table is needed.
 *            What is out of that range is said to be.
 * Twin       printf() and strtod(), which number.c uses for the rest.
 */
#include <stdbool.h>
#include <stdint.h>

enum {
	WIDE_LEAST = 15, /* digits that are rounded to */
	WIDE_MOST = 17,
};

/* 0.DIGITS * 10^exponent */
struct wide {
	uint64_t digits;
	int n, exponent;
};

/* The n digits, WIDE_LEAST to WIDE_MOST, nearest to a, a tie to the even one;
 * whether they read back as a. false: a is none from 10^-6 on and below 10^15.
 */
bool wide_round(double a, int n, struct wide *out, bool *reads_back);

/* The fewest digits, WIDE_LEAST or more, that read back as a; zeros may end
 * them. false: as above, or a is a power of two, beside which doubles do not
 * lie evenly. */
bool wide_shortest(double a, struct wide *out);

/* The double nearest to digits / 10^behind, a tie to the even one. digits up
 * to 10^18, behind 0 to 19. */
double wide_value(uint64_t digits, int behind);

#endif
