#ifndef SLUICE_REPORTS_OUTBOUND_IMPL_H
#define SLUICE_REPORTS_OUTBOUND_IMPL_H
/* outbound_impl: what the gate is made of (outbound.c, egress.c), for comments,
 * which are put together of what has passed, and for the outbox, which keeps
 * it. tests/lint/words.sh has who may include it. */
#include "reports/outbound.h"

struct outbound {
	struct buf text;
};

#endif
