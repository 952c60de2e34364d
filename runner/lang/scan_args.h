#ifndef SLUICE_RUNNER_LANG_SCAN_ARGS_H
#define SLUICE_RUNNER_LANG_SCAN_ARGS_H
/*
 * scan_args -- the arguments of one directive. For scan.c.
 */
#include "runner/lang/scan.h"

/* What is wrong with arguments, and where. */
struct args_error {
	int col;
	const char *message;
};

/* Reads rest, which begins at column col, as d's kind says. why->message is
 * set where it cannot be read. */
int scan_args(struct arena *a, struct bytes rest, int col, struct directive *d,
    struct args_error *why, struct error *err);

#endif
