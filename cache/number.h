#ifndef SLUICE_CACHE_NUMBER_H
#define SLUICE_CACHE_NUMBER_H
/*
 * number -- decimal numbers as text: taken apart, put together, read as a
 * double. Private to cache.
 *
 * Shape      value = 0.DIGITS * 10^exponent, without leading and trailing
 *            zeros: 150.0 is "15", 3. Zero has no digits.
 * Locale     None may be set: strtod() and snprintf() are used for the hard
 *            cases, and programs of ours never call setlocale().
 */
#include <stdbool.h>
#include <stddef.h>

enum {
	NUMBER_DIGITS = 64,
	/* Two decimals of so many digits are never one double (DBL_DIG): up
	 * to here a double's shortest text is the digits themselves. */
	NUMBER_EXACT = 15,
	REAL_TEXT = 40, /* room for what real_print() writes */
};

struct number {
	bool negative;
	bool cut; /* there were more digits than fit in */
	int n, exponent;
	char digits[NUMBER_DIGITS];
};

/* -?(digits[.digits*] | .digits)([eE][+-]?digits)? and nothing else. */
bool number_parse(const char *p, size_t n, struct number *out);

/* As Python's repr writes a float of these digits; the length. */
size_t number_print_real(const struct number *num, char out[REAL_TEXT]);

/* The double that is nearest to the text of a number, or to one of the words
 * inf, -inf, nan of a canonical real. The text is well-formed. */
double real_value(const char *p, size_t n);

/* Whether the double nearest to the text, printed with as many significant
 * digits, gives the text's digits and exponent back. p is well-formed. */
bool real_gives_back(const char *p, size_t n);

/* Whether the text is a real's canonical text already, by a look that is
 * quick and sometimes says no without reason. */
bool real_is_plain(const char *p, size_t n);

#endif
