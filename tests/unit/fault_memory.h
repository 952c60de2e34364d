#ifndef SLUICE_TESTS_FAULT_MEMORY_H
#define SLUICE_TESTS_FAULT_MEMORY_H
/*
 * fault_memory -- the allocations of a scenario fail in turn, once and from
 * then on (of the first 256 each, of more than that ever fewer): ours, and
 * those of the libraries that it calls. Included by one test program, whose
 * malloc() and the like the linker takes before the C library's. Under a
 * sanitizer, which has its own, nothing is swept.
 *
 * A scenario returns what the last function gave: 0, or a negative code. It is
 * called over and over, with ever later faults, until one does not strike; so
 * it begins and ends by itself.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FAULT_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FAULT_MEMORY 0
#endif
#endif
#ifndef FAULT_MEMORY
#define FAULT_MEMORY 1
#endif

static struct {
	bool is_on, is_ever, struck;
	long n, at;
} fault_memory;

#if FAULT_MEMORY
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static bool memory_ends(void)
{
	if (!fault_memory.is_on)
		return false;
	fault_memory.n++;
	if (fault_memory.n < fault_memory.at ||
	    (fault_memory.n > fault_memory.at && !fault_memory.is_ever))
		return false;
	fault_memory.struck = true;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	return memory_ends() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return memory_ends() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return memory_ends() ? NULL : __libc_realloc(p, n);
}
#endif

typedef int memory_scenario(void *payload);

/* Sweeps; returns how many allocations there were to fail. Fails the test
 * where the scenario does not go through without a fault before and behind. */
static inline long sweep_memory(memory_scenario *run, void *payload)
{
	long most = 0;
	int ever, rc;

	assert_int_equal(run(payload), 0);
	for (ever = 0; FAULT_MEMORY && ever < 2; ever++) {
		fault_memory.is_ever = ever;
		fault_memory.at = 0;
		do {
			fault_memory.n = 0;
			/* each of the first, then ever fewer */
			fault_memory.at += 1 + fault_memory.at / 256;
			fault_memory.struck = false;
			fault_memory.is_on = true;
			rc = run(payload);
			fault_memory.is_on = false;
			if (rc > 0)
				fail_msg("allocation %ld: %d", fault_memory.at,
				    rc);
		} while (fault_memory.struck);
		assert_int_equal(rc, 0);
		if (fault_memory.at > most)
			most = fault_memory.at;
	}
	assert_int_equal(run(payload), 0);
	return most - 1;
}

#endif
