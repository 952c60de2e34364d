#ifndef SLUICE_REPORTS_HTML_H
#define SLUICE_REPORTS_HTML_H
/*
 * html -- words of others in a page: one verb for each context.
 *
 * Use        html_text(out, name) between tags; html_attribute(out, name)
 *            between double quotes; html_url(out, name) in a part of an
 *            address, or of an id; html_lines(out, log) in <pre>.
 * Shape      What is written is text and never markup, in any context of the
 *            verb; bytes that are not UTF-8, control characters, and those
 *            that turn the direction of writing are shown as escapes, so that
 *            a name cannot pass for another.
 * Errors     As buf's: remembered in out.
 * Threads    Pure.
 */
#include "cache/base/buf.h"

enum {
	HTML_NAME_MAX = 200 /* bytes of a name that are shown */
};

/* One line of text between tags. */
void html_text(struct buf *out, const char *s);

/* The value of an attribute in double quotes. */
void html_attribute(struct buf *out, const char *s);

/* A part of an address: all but letters, digits and "-._~/" as %NN. As a value
 * of id it is what "#" and the same text lead to. */
void html_url(struct buf *out, const char *s);

/* Lines of text in <pre>: line feeds stay. */
void html_lines(struct buf *out, const char *s);

/* The same of code of n bytes that begins at a line: each line behind its
 * number, and tabs stay, too. */
void html_code(struct buf *out, struct bytes code, int first_line);

/* The same of what log_tail_read() gave: its escapes are not escaped again. */
void html_log(struct buf *out, const char *s);

/* A name as code, cut at HTML_NAME_MAX; the whole of it is its title then. */
void html_name(struct buf *out, const char *name);

/* The style sheet of all pages: screens, phones, dark, paper. */
void html_style(struct buf *out);

/* From the doctype to <main>: title is text. No script, nothing from
 * elsewhere. */
void html_head(struct buf *out, const char *title);
void html_foot(struct buf *out);

#endif
