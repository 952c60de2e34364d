#ifndef SLUICE_RUNNER_LANG_DIAGNOSE_H
#define SLUICE_RUNNER_LANG_DIAGNOSE_H
/*
 * diagnose -- collects what is wrong with the user's text: each message at
 * each place once, at most DIAGNOSE_MOST of them, with the chain of includes
 * and mounts of load->frame and load->slot.
 */
#include "runner/lang/load.h"

enum {
	DIAGNOSE_MOST = 100
};

/* Adds an error, or a warning. */
void diagnose(struct load *l, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diagnose_warning(struct load *l, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* An error in the words of a buffer; there is no memory where it failed. */
void diagnose_buf(struct load *l, struct place at, const struct buf *message);

/* Whether more errors are only counted: what they would say need not be
 * searched for, which would cost as much as all files for each. */
bool diagnose_is_full(const struct load *l);

/* Sorts what was told, by place. */
void diagnostics_sort(struct pipeline *p);

/* Sorts, and says how many were not told. */
void diagnose_finish(struct load *l);

/* The place of a directive in a file, and of one of its arguments. */
struct place place_of(const struct text_file *f, const struct directive *d);
struct place place_of_arg(const struct text_file *f, const struct directive *d,
    const struct directive_arg *arg);
struct place place_of_file(const struct text_file *f);

#endif
