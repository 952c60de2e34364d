#ifndef SLUICE_TESTS_UNIT_OUTBOUND_HELP_H
#define SLUICE_TESTS_UNIT_OUTBOUND_HELP_H
/* Texts that a test wants to have passed. The including file has cmocka. */
#include "reports/status.h"

/* The caller's: outbound_close(). */
static inline struct outbound *outbound_of(const char *text)
{
	struct outbound *o = outbound_open();

	outbound_by_hand(o, text);
	assert_int_equal(outbound_check(o, NULL), 0);
	return o;
}

static inline void describe(struct status *s, const char *text)
{
	struct outbound *o = outbound_of(text);

	assert_int_equal(status_describe(s, o, NULL), 0);
	outbound_close(o);
}

#endif
