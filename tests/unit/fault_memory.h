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
 * it begins and ends by itself. sweep_whole() is for one that opens and closes
 * all it works with: what is allocated while it runs is freed when it ends,
 * counted, so that nothing leaks. What a library keeps for ever is there from
 * the run before the first fault.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <openssl/err.h>

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
	atomic_long live; /* allocations less frees while it is on */
	const char *what; /* is swept, for messages; or NULL */
} fault_memory;

#if FAULT_MEMORY
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

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

static void *memory_lives(void *p)
{
	if (fault_memory.is_on && p != NULL)
		fault_memory.live++;
	return p;
}

void *malloc(size_t n)
{
	return memory_ends() ? NULL : memory_lives(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
	return memory_ends() ? NULL : memory_lives(__libc_calloc(n, size));
}

void *realloc(void *p, size_t n)
{
	if (memory_ends())
		return NULL;
	return p ? __libc_realloc(p, n) : memory_lives(__libc_realloc(p, n));
}

void free(void *p)
{
	if (fault_memory.is_on && p != NULL)
		fault_memory.live--;
	__libc_free(p);
}
#endif

typedef int memory_scenario(void *payload);

static inline int run_faulty(memory_scenario *run, void *payload, bool is_whole)
{
	const char *what = fault_memory.what ? fault_memory.what : "it";
	int rc;

	fault_memory.n = 0;
	fault_memory.live = 0;
	fault_memory.struck = false;
	fault_memory.is_on = true;
	rc = run(payload);
	ERR_clear_error(); /* the last ones of a thread are kept, with words */
	fault_memory.is_on = false;
	if (rc > 0)
		fail_msg("%s: allocation %ld: %d", what, fault_memory.at, rc);
	if (is_whole && fault_memory.live != 0)
		fail_msg("%s: allocation %ld%s: %d, and %ld pieces are left",
		    what, fault_memory.at,
		    fault_memory.is_ever ? " for ever" : "", rc,
		    fault_memory.live);
	return rc;
}

/* Sweeps; returns how many allocations there were to fail. Fails the test
 * where the scenario does not go through without a fault before and behind. */
static inline long sweep(memory_scenario *run, void *payload, bool is_whole)
{
	long most = 0;
	int ever, rc;

	assert_int_equal(run(payload), 0);
	ERR_clear_error(); /* it may be the first to use libcrypto */
	for (ever = 0; FAULT_MEMORY && ever < 2; ever++) {
		fault_memory.is_ever = ever;
		fault_memory.at = 0;
		do {
			/* each of the first, then ever fewer */
			fault_memory.at += 1 + fault_memory.at / 256;
			rc = run_faulty(run, payload, is_whole);
		} while (fault_memory.struck);
		if (rc != 0)
			fail_msg("%s: without a fault: %d",
			    fault_memory.what ? fault_memory.what : "it", rc);
		if (fault_memory.at > most)
			most = fault_memory.at;
	}
	assert_int_equal(run(payload), 0);
	return most - 1;
}

static inline long sweep_memory(memory_scenario *run, void *payload)
{
	return sweep(run, payload, false);
}

static inline long sweep_whole(memory_scenario *run, void *payload)
{
	return sweep(run, payload, true);
}

#endif
