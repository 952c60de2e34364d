#ifndef SLUICE_REPORTS_MARKDOWN_H
#define SLUICE_REPORTS_MARKDOWN_H
/*
 * markdown -- what users have named or programs have written, in
 * GitHub-flavoured markdown: shown, and never markup, on GitHub, GitLab, Gitea
 * and Forgejo.
 */
#include "cache/base/buf.h"

/* Adds a name as code, cut behind 200 bytes. Within code nothing is a mention,
 * a reference, a link, an entity or HTML; what could end it, or the cell of a
 * table, or turn or hide text is escaped as text_add_visible() does it. */
void markdown_name(struct buf *out, const char *name);

/* Adds text, which ends with a line feed, in a fence longer than any in it. */
void markdown_fence(struct buf *out, const char *text);

#endif
