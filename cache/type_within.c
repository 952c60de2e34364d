/* type_within: whether two numbers lie within a tolerance (type.h). Decided on
 * decimal digits: no double takes part, so that 128 bits stay exact. */
#include <string.h>

#include "cache/number.h"
#include "cache/type.h"

enum {
	/* from 10^309 down to the last digit of a double's shortest text */
	PLACES = 800
};

/* Numbers as digits in the same places; the first stands for 10^(top - 1). */
struct places {
	int digits[PLACES];
	int top, n;
};

static void widen(const struct number *x, int *top, int *low)
{
	if (x->n == 0)
		return;
	*top = x->exponent > *top ? x->exponent : *top;
	*low = x->exponent - x->n < *low ? x->exponent - x->n : *low;
}

static void add(struct places *p, const struct number *x, int sign)
{
	int i;

	for (i = 0; i < x->n; i++)
		p->digits[p->top - x->exponent + i] +=
		    (x->negative ? -sign : sign) * (x->digits[i] - '0');
}

/* Carries from the last place to the first: negative is what is left over. */
static bool is_negative(struct places *p)
{
	int i, carry = 0;

	for (i = p->n - 1; i >= 0; i--) {
		int v = p->digits[i] + carry, digit = ((v % 10) + 10) % 10;

		carry = (v - digit) / 10;
	}
	return carry < 0;
}

/* Whether t + sign * (a - b) is 0 or more. */
static bool is_near(struct places *p, const struct number *a,
    const struct number *b, const struct number *t, int sign)
{
	memset(p->digits, 0, sizeof(p->digits));
	add(p, a, sign);
	add(p, b, -sign);
	add(p, t, 1);
	return !is_negative(p);
}

bool type_is_within(const struct field *a, const struct field *b,
    const char *tolerance)
{
	struct number x, y, t;
	struct places p;
	int top = -PLACES, low = PLACES;

	if (a->null || b->null || !number_parse(a->p, a->n, &x) ||
	    !number_parse(b->p, b->n, &y) ||
	    !number_parse(tolerance, strlen(tolerance), &t) || x.cut || y.cut ||
	    t.cut || t.negative)
		return false;
	widen(&x, &top, &low);
	widen(&y, &top, &low);
	widen(&t, &top, &low);
	if (top < low)
		return true; /* all are zero */
	if (top - low > PLACES)
		return false;
	p.top = top;
	p.n = top - low;
	return is_near(&p, &x, &y, &t, 1) && is_near(&p, &x, &y, &t, -1);
}

bool type_is_tolerance(const char *text)
{
	struct number t;

	return number_parse(text, strlen(text), &t) && !t.cut && !t.negative;
}
