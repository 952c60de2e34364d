#ifndef SLUICE_RUNNER_JOBLOCK_H
#define SLUICE_RUNNER_JOBLOCK_H
/*
 * joblock -- one execution of a key at a time, over all processes of a store.
 *
 * A key's lock is one byte of the file tmp/.jobs, at the place that its first
 * 63 bits say: no file is made and removed for each job. Two keys of one place
 * wait for each other and nothing worse. The lock is the kernel's, so a killed
 * process holds nothing.
 */
#include <stdatomic.h>

#include "cache/store.h"

/* Waits for the lock of a key, which closing *fd gives back. ERROR_CANCELLED
 * where cancelled becomes true meanwhile. */
int joblock_take(struct store *st, const struct digest *key,
    const atomic_bool *cancelled, int *fd, struct error *err);

#endif
