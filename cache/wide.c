/* wide: see wide.h. */
#include "cache/wide.h"

#include <float.h>
#include <math.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide_t;

enum {
	MANTISSA = 52, /* bits of a double behind the first */
	BIAS = 1023,
	LEAST_EXPONENT = -5, /* of 10^-6 */
};

static const uint64_t powers[] = { UINT64_C(1), UINT64_C(10), UINT64_C(100),
	UINT64_C(1000), UINT64_C(10000), UINT64_C(100000), UINT64_C(1000000),
	UINT64_C(10000000), UINT64_C(100000000), UINT64_C(1000000000),
	UINT64_C(10000000000), UINT64_C(100000000000), UINT64_C(1000000000000),
	UINT64_C(10000000000000), UINT64_C(100000000000000),
	UINT64_C(1000000000000000), UINT64_C(10000000000000000),
	UINT64_C(100000000000000000), UINT64_C(1000000000000000000),
	UINT64_C(10000000000000000000) };

static wide_t power(int k)
{
	return k <= 19 ? powers[k] : (wide_t)powers[19] * powers[k - 19];
}

/* a = m * 2^-s; s is positive for all that are in range. */
static bool take_apart(double a, uint64_t *m, int *s)
{
	uint64_t bits;

	if (FLT_RADIX != 2 || DBL_MANT_DIG != MANTISSA + 1 || !(a >= 1e-6) ||
	    a >= 1e15)
		return false;
	memcpy(&bits, &a, sizeof(bits));
	*m = (bits & ((UINT64_C(1) << MANTISSA) - 1)) | UINT64_C(1) << MANTISSA;
	*s = BIAS + MANTISSA - (int)(bits >> MANTISSA);
	return true;
}

/* The e of 10^(e - 1) <= a < 10^e. A double beside a power of ten may be taken
 * for it: then there is a digit too few or too many. */
static int exponent_of(double a)
{
	static const double limits[] = { 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1,
		1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
		1e14 };
	int i;

	for (i = 0; i < 20 && a >= limits[i]; i++)
		;
	return LEAST_EXPONENT + i;
}

bool wide_round(double a, int n, struct wide *out, bool *reads_back)
{
	uint64_t m, digits;
	wide_t all, rest, half, off;
	int s, k;

	if (!take_apart(a, &m, &s))
		return false;
	out->exponent = exponent_of(a);
	out->n = n;
	k = n - out->exponent;
	all = m * power(k); /* a * 10^k, in units of 2^-s */
	half = (wide_t)1 << (s - 1);
	digits = (uint64_t)(all >> s);
	rest = all & (2 * half - 1);
	if (rest > half || (rest == half && digits % 2 == 1)) {
		digits++;
		off = 2 * half - rest;
	} else {
		off = rest;
	}
	out->digits = digits;
	/* half the way to the next double is 10^k / 2; a tie goes to the
	 * even one */
	*reads_back = 2 * off < power(k) || (2 * off == power(k) && m % 2 == 0);
	return digits >= powers[n - 1] && digits < powers[n];
}

bool wide_shortest(double a, struct wide *out)
{
	bool reads_back = false;
	uint64_t m;
	int s, n;

	if (!take_apart(a, &m, &s) || m == UINT64_C(1) << MANTISSA)
		return false;
	for (n = WIDE_LEAST; n <= WIDE_MOST && !reads_back; n++)
		if (!wide_round(a, n, out, &reads_back))
			return false;
	return reads_back;
}

static int bits_of(wide_t v)
{
	uint64_t high = (uint64_t)(v >> 64), low = (uint64_t)v;

	return high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll(low);
}

double wide_value(uint64_t digits, int behind)
{
	int up, down;
	uint64_t top;
	wide_t all, rest, half, left;

	if (digits == 0)
		return 0;
	up = __builtin_clzll(digits) + 63;
	all = (wide_t)digits << up; /* 127 bits */
	left = all % powers[behind];
	all /= powers[behind];
	down = bits_of(all) - (MANTISSA + 1);
	top = (uint64_t)(all >> down);
	half = (wide_t)1 << (down - 1);
	rest = all & (2 * half - 1);
	if (rest > half || (rest == half && (left > 0 || top % 2 == 1)))
		top++;
	return ldexp((double)top, down - up);
}
