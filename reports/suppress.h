#ifndef SLUICE_REPORTS_SUPPRESS_H
#define SLUICE_REPORTS_SUPPRESS_H
/*
 * suppress -- the one rule for counts of rows that leave the house.
 *
 * Use        n = suppress(n); suppress_print(n, text); totals are
 *            suppress_add(a, b) of counts that were suppressed.
 * Rule       0 is told, 1 to 10 are "<11", and what is more is rounded to 50,
 *            to no less than 50.
 * Why        What is told of a count depends on that count alone, so no table
 *            tells of another. Every sum and difference of numbers that are
 *            told is a multiple of 50, never 1 to 10. A total is made of what
 *            is told of its parts, so it tells nothing that they do not. The
 *            classes begin at 11 and at 75, 125, ...: a total at the edge of
 *            one leaves its parts in "<11" at least two values each (at 30, of
 *            three of them, it would not).
 * Not        guarded: who knows that one table is made of ten or more others,
 *            each and itself "<11", knows that each has 1 row.
 */
#include <stddef.h>
#include <stdint.h>

enum {
	SUPPRESS_SMALL = 10, /* the most that is "<11", and stands for it */
	SUPPRESS_STEP = 50,
	SUPPRESS_TEXT = 32,
};

/* What may be told of a count of rows: 0, SUPPRESS_SMALL for 1 to 10, or a
 * multiple of SUPPRESS_STEP. Done twice it is the same. */
uint64_t suppress(uint64_t n);

/* The total of two suppressed counts, suppressed. */
uint64_t suppress_add(uint64_t a, uint64_t b);

/* "0", "<11", "48,200" of any count, suppressed first. */
void suppress_print(uint64_t n, char out[SUPPRESS_TEXT]);

/* "48,210": a count as it is, for readers inside. */
void count_print(uint64_t n, char out[SUPPRESS_TEXT]);

#endif
