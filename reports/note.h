#ifndef SLUICE_REPORTS_NOTE_H
#define SLUICE_REPORTS_NOTE_H
/*
 * note -- the few lines of a run that stand on its commit as a git note
 * (hooks/notes.h). Whoever may fetch the repository may read them, where its
 * runs are hidden too: so they are what egress.h lets through.
 *
 * Errors     ERROR_MEMORY.
 */
#include "reports/headline.h"
#include "reports/report.h"

enum {
	NOTE_LINES = 12,
	NOTE_MAX = 4096,
};

/* Of a run: the beginning of its report for outside. */
int note_print(const struct report *r, struct outbound *out, struct error *err);

/* Of a run that has no manifest. */
int note_words(const struct headline *h, struct outbound *out,
    struct error *err);

#endif
