#ifndef SLUICE_RUNNER_LANG_READER_H
#define SLUICE_RUNNER_LANG_READER_H
/*
 * reader -- files read and scanned, by several threads where the source is to
 * be shared and there are enough of them: of a load of a large commit this is
 * the most.
 *
 * Shape      What comes out does not hang on how many threads there were.
 * Threads    Only here; they have ended when the function returns.
 */
#include "runner/lang/load.h"

/* How many threads n files are worth. */
size_t reader_threads(const struct load *l, size_t n);

/* Fills scan, header and body of each file that was not read. Where a file
 * cannot be read, the error of the first such file. */
int reader_scan(struct load *l, struct text_file **files, size_t n,
    size_t threads);

#endif
