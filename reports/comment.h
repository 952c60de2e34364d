#ifndef SLUICE_REPORTS_COMMENT_H
#define SLUICE_REPORTS_COMMENT_H
/*
 * comment -- what a pull request's one comment says: can it be merged and what
 * happens then, dangers, delivered tables, who else is affected, whether the
 * comparison is fair; collapsed, why nodes ran, and tests.
 *
 * Use        comment_print(&r, &facts, text, err); for a commit without a
 *            manifest comment_words(); when a newer one begins
 *            comment_outdate() of the text that is there.
 * Shape      GitHub-flavoured markdown for GitHub, GitLab, Gitea and Forgejo,
 *            of at most COMMENT_LINES lines in front of and between what is
 *            collapsed, and COMMENT_MAX bytes. What does not fit goes in a
 *            fixed order (tests, why nodes ran, tables, dangers) and is told as
 *            "3 more in the report". The same manifests, commits and facts give
 *            the same bytes: no time and no duration is in it.
 * Leaves     the house: made of what egress.h lets through, names as markdown.h
 *            writes them.
 * Errors     ERROR_MEMORY.
 */
#include "reports/headline.h"
#include "reports/outbound.h"
#include "reports/report.h"

enum {
	COMMENT_LINES = 25,
	COMMENT_MAX = 60000,
	COMMENT_HANDLE = 16, /* hexadecimal digits */
};

/* git config sluice.comment: when a pull request gets one. */
enum comment_mode {
	COMMENT_AUTO, /* comment_is_wanted() */
	COMMENT_ALWAYS,
	COMMENT_NEVER,
};

/* Beside the report. */
struct comment_facts {
	const char *handle; /* of the pipeline, for the marker */
	const char *url; /* of the report's page, or NULL */
};

/* The first line of a comment, by which it is found again; nothing else in one
 * looks like it. Without its line feed. */
void comment_marker(const char *handle, struct buf *out);

/* The handle of a pipeline: made of its directory in the repository, so that it
 * is the same for ever, also where all else is lost or moves. */
int comment_handle(const char *root, char out[COMMENT_HANDLE + 1],
    struct error *err);

/* Whether there is something to tell: a table differs, or something is not as
 * it should be. Else a comment only takes an older one's place. */
bool comment_is_wanted(const struct report *r);

/* The comment of a run. */
int comment_print(const struct report *r, const struct comment_facts *facts,
    struct outbound *out, struct error *err);

/* Of a commit that nothing was run of. */
int comment_words(const struct headline *h, const char *commit,
    const struct comment_facts *facts, struct outbound *out, struct error *err);

/* An older comment, when a newer commit's run has begun, or ended without a
 * result: itself, below a line that says so. */
int comment_outdate(const struct outbound *old, const char *commit,
    bool is_running, struct outbound *out, struct error *err);

#endif
