/* suppress: see suppress.h. */
#include "reports/suppress.h"

#include <inttypes.h>
#include <stdio.h>

_Static_assert(UINT64_MAX % SUPPRESS_STEP < SUPPRESS_STEP / 2,
    "what is rounded up has room");

uint64_t suppress(uint64_t n)
{
	const uint64_t over = n % SUPPRESS_STEP;

	if (n == 0)
		return 0;
	if (n <= SUPPRESS_SMALL)
		return SUPPRESS_SMALL;
	if (n < SUPPRESS_STEP)
		return SUPPRESS_STEP;
	if (over < SUPPRESS_STEP / 2)
		return n - over;
	return n - over + SUPPRESS_STEP;
}

uint64_t suppress_add(uint64_t a, uint64_t b)
{
	return suppress(a > UINT64_MAX - b ? UINT64_MAX : a + b);
}

void suppress_print(uint64_t n, char out[SUPPRESS_TEXT])
{
	n = suppress(n);
	if (n == SUPPRESS_SMALL)
		snprintf(out, SUPPRESS_TEXT, "<%d", SUPPRESS_SMALL + 1);
	else
		count_print(n, out);
}

void count_print(uint64_t n, char out[SUPPRESS_TEXT])
{
	char digits[SUPPRESS_TEXT];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n), i, k = 0;

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[k++] = ',';
		out[k++] = digits[i];
	}
	out[k] = '\0';
}
