#ifndef SLUICE_REPORTS_STATUS_H
#define SLUICE_REPORTS_STATUS_H
/*
 * status -- what a commit's status on a forge says: one model for all forges.
 *
 * Use        checks_make() (checks.h) of a run's report, or fill the struct and
 *            status_describe() it; outbox_put() (outbox.h) queues it,
 *            sluice-post sends it.
 * Shape      A value: copied, no memory of its own. context is one of the four
 *            below.
 * Leaves     the house: what describes it has passed the gate (outbound.h).
 * Errors     status_check() answers ERROR_USAGE in words.
 */
#include <stdint.h>

#include "cache/manifest.h"
#include "reports/outbound.h"

enum status_state {
	STATUS_PENDING,
	STATUS_SUCCESS,
	STATUS_FAILURE,
	STATUS_ERROR,
	STATUS_CANCELLED, /* stopped, or overtaken by a newer tip */
};

enum {
	STATUS_STATES = STATUS_CANCELLED + 1,
	STATUS_DESCRIPTION = 140, /* code points */
	STATUS_TEXT = STATUS_DESCRIPTION * 4 + 1,
	STATUS_URL = 255, /* bytes; the least that a forge allows */
};

#define STATUS_CONTEXT "sluice/run"
#define STATUS_TESTS "sluice/tests"
#define STATUS_DATA "sluice/data"
#define STATUS_PROMOTE "sluice/promote"

/* A line that has passed: status_describe() fills it, status_words() reads
 * it. */
struct status_line {
	char passed[STATUS_TEXT];
};

struct status {
	char commit[GIT_ID_HEX + 1];
	char context[256];
	char ref[256]; /* the branch, where the forge wants it, or "" */
	enum status_state state;
	struct status_line description;
	char target_url[STATUS_URL + 1]; /* or "" */
};

/* Any state but pending. */
bool status_is_final(enum status_state state);

/* "pending", "success", "failure", "error", "cancelled"; and back (-1:
 * unknown). */
const char *status_state_name(enum status_state state);
int status_state_of(const char *name);

/* Sets the description: control characters become blanks, what is not UTF-8
 * goes, and text behind 140 code points is cut with an ellipsis. */
int status_describe(struct status *s, const struct outbound *text,
    struct error *err);
const char *status_words(const struct status *s);

/* Whether a forge would take it: 40 digits, context and lengths, UTF-8, a
 * target_url of http or https. */
int status_check(const struct status *s, struct error *err);

/* The same in every field. */
bool status_eq(const struct status *a, const struct status *b);

/* "850 ms", "12 s", "4 m 10 s", "2 h 5 m" of milliseconds. */
void duration_print(int64_t ms, char out[32]);

#endif
