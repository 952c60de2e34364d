#ifndef SLUICE_REPORTS_STATUS_HTTP_H
#define SLUICE_REPORTS_STATUS_HTTP_H
/*
 * status_http -- tells a forge a status (forge.h: in which form), and looks
 * what it shows.
 *
 * Use        forge_open() (forge_http.h); forge_post(f, &status, &answer, err).
 * Errors     Those of forge_http.h; ERROR_USAGE also for a status that no forge
 *            would take.
 */
#include "reports/forge_http.h"

/* Tells one status; waits for the answer. */
int forge_post(struct forge *f, const struct status *s,
    struct forge_answer *out, struct error *err);

/* Looks whether the forge shows it, before it is told once more: FORGE_TAKEN
 * where it does, FORGE_LATER where the forge is away, else FORGE_ABSENT. */
int forge_look(struct forge *f, const struct status *s,
    struct forge_answer *out, struct error *err);

#endif
