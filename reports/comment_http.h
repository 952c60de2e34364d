#ifndef SLUICE_REPORTS_COMMENT_HTTP_H
#define SLUICE_REPORTS_COMMENT_HTTP_H
/*
 * comment_http -- brings the comment of a commit to its pull requests: finds
 * those that are open with it as their head, finds our comment there, and edits
 * or makes it.
 *
 * Shape      Nothing is remembered between two calls: what is there is looked
 *            for each time, so whoever comes after a poster that died knows as
 *            much as that one did, and there are never two. A list that could
 *            not be read whole is no answer: nothing is made then.
 * Errors     Those of forge_http.h. FORGE_UNOPENED: no pull request is open.
 */
#include "reports/forge_http.h"
#include "reports/outbox.h"

/* Brings the comment that an item of the outbox is. */
int forge_comment(struct forge *f, const struct outbox_item *item,
    struct forge_answer *out, struct error *err);

#endif
