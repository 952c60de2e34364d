#ifndef SLUICE_REPORTS_VALUES_H
#define SLUICE_REPORTS_VALUES_H
/*
 * values -- what became of a column's values and of a key, in words.
 *
 * Use        values_print(c, true, plain_name, &b): "2 rows changed (67 %); no
 *            NULL before, 1 now; 3 different values, 2 before; 1.5 to 9,
 *            1.5 to 8 before".
 * Shape      What was none and is some, or was some and is none, is said in
 *            words, and never left out. Shares are of the rows before.
 * Audience   Inside. Outside there is nulls_print() alone, without numbers.
 *            The least and the greatest value are shown where the diff has them
 *            (diff_quiet() takes them away).
 */
#include "reports/render.h"
#include "reports/report_pair.h"

/* "67 %", "2.5 %", "under 0.1 %"; "" where base is 0. Never 0 % of some, nor
 * 100 % of fewer than all. */
void share_print(uint64_t n, uint64_t base, char out[SHOWN]);

/* Rows of the base that changed, then what the values come to. "" where
 * nothing is known. */
void values_print(const struct diff_column *c, bool is_inside, name_fn *name,
    struct buf *out);

/* Whether there is more to say than that rows came or went. */
bool values_have_news(const struct diff_column *c);

/* What is only so on one side: "no NULL before, 12 now"; outside, where not
 * everybody knows SQL, "no value missing before, some now". "" where it is on
 * both, or on none. */
void nulls_print(const struct diff_column *c, bool is_inside, struct buf *out);

/* The same of each column, "`dose`: no NULL before, 12 now; ...". */
void table_nulls_print(const struct diff *d, bool is_inside, name_fn *name,
    struct buf *out);

/* The base's key that the rows of after break, or NULL. */
const struct diff_key *broken_key(const struct diff *d);

/* "the key of before (id) does not hold any more: 12 rows share its values, 3
 * rows have a NULL in it"; outside without numbers. "" where there is nothing
 * to say: the same key on both sides. */
void key_print(const struct diff_key *k, bool is_inside, name_fn *name,
    struct buf *out);

/* "12 beyond the tolerance", or "all within ..."; "" where no column that
 * changed has one. */
void beyond_print(const struct report_table *t, const struct shown *shown,
    struct buf *out);

/* Both behind the columns of a row of a markdown table: what may not be left
 * out. */
void table_words_print(const struct report_table *t, bool is_inside,
    const struct shown *shown, name_fn *name, struct buf *out);

/* All of it as lines, each behind prefix: the keys first, then at most `most`
 * columns, and how many more there are. Inside. */
void table_values_print(const struct report_table *t, const char *prefix,
    size_t most, name_fn *name, struct buf *out);

#endif
