#ifndef SLUICE_REPORTS_OUTBOUND_H
#define SLUICE_REPORTS_OUTBOUND_H
/*
 * outbound -- a text that has passed the gate: the only kind that a status, a
 * comment and a note take, so that a text which has not does not compile.
 *
 * Use        CLEANUP(outbound_closep) struct outbound *o = outbound_open();
 *            outbound_words(o, "conflicts with "); outbound_name(o, branch);
 *            return outbound_check(o, err);
 * Shape      Opaque. It is made of words that stand in the code, of facts of a
 *            known form, each with a function below, and of what is written of
 *            a report that was reduced (egress_say()). There is none that takes
 *            an error's words, a log's, or any other text: what an error says
 *            may have a cell in it.
 * Errors     NULL is fine everywhere: no memory. That, and what was not added
 *            for want of it, outbound_check() says once at the end.
 */
#include <stdint.h>

#include "cache/base/buf.h"

struct outbound;

/* An empty one, or NULL. */
struct outbound *outbound_open(void);
void outbound_close(struct outbound *o);
void outbound_closep(struct outbound **o);

/* 0, or ERROR_MEMORY. */
int outbound_check(const struct outbound *o, struct error *err);

/* What it says: for whoever sends or keeps it. */
struct bytes outbound_bytes(const struct outbound *o);

/* Words of the code: a literal, or the compiler says so; and one of two. */
#define outbound_words(o, words) outbound_add_literal((o), "" words "")
#define outbound_either(o, is_first, first, second) \
	outbound_add_literal((o), (is_first) ? "" first "" : "" second "")
void outbound_add_literal(struct outbound *o, const char *words);

/* "3": a count of nodes, tests or files; of rows suppress.h has what may be
 * told, and reports alone tell it. "3 nodes", "1 node" of the literal "node".
 */
void outbound_count(struct outbound *o, size_t n);
#define outbound_count_of(o, n, noun)                    \
	do {                                             \
		outbound_count((o), (n));                \
		outbound_words((o), " " noun);           \
		outbound_either((o), (n) == 1, "", "s"); \
	} while (0)

/* The first digits of a commit (12 at most) or of a random handle (16), and a
 * date: what has another form is cut where that begins. */
void outbound_commit(struct outbound *o, const char *hex);
void outbound_handle(struct outbound *o, const char *hex);
void outbound_date(struct outbound *o, const char *date);

/* What git has, and so has whoever is told: the production branch's name, and
 * "ClinicA/Count.sql:2:12", a place in a file of the commit. */
void outbound_name(struct outbound *o, const char *branch);
void outbound_place(struct outbound *o, const char *path, int line, int column);

/* What a person has typed to be told (`sluice-post --put`). No program does. */
void outbound_by_hand(struct outbound *o, const char *text);

#endif
