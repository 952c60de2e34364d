#ifndef SLUICE_RUNNER_JOBLOCK_H
#define SLUICE_RUNNER_JOBLOCK_H
/*
 * joblock -- one execution of a key at a time, over all processes of a store.
 * The lock is the kernel's (flock), so a killed process holds nothing.
 */
#include <stdatomic.h>

#include "cache/store.h"

struct joblock {
	int fd;
	char path[512];
};

/* Waits for the lock of a key. ERROR_CANCELLED where cancelled becomes true
 * meanwhile. */
int joblock_take(struct store *st, const struct digest *key,
    const atomic_bool *cancelled, struct joblock *out, struct error *err);

/* Gives it back and removes its file. */
void joblock_release(struct joblock *lock);

#endif
