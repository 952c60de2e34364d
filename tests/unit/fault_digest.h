#ifndef SLUICE_TESTS_FAULT_DIGEST_H
#define SLUICE_TESTS_FAULT_DIGEST_H
/*
 * fault_digest -- the calls to libcrypto's digests, of which the Nth fails.
 * Included by one test program, whose functions the linker takes before the
 * library's. The including file defines _GNU_SOURCE first.
 */
#include <dlfcn.h>
#include <openssl/evp.h>
#include <stdbool.h>

static struct {
	long n, at; /* 0: none fails */
	bool struck;
} fault_digest;

static inline void digest_fault_set(long at)
{
	fault_digest.n = 0;
	fault_digest.at = at;
	fault_digest.struck = false;
}

static inline bool digest_fails(void)
{
	if (++fault_digest.n != fault_digest.at)
		return false;
	fault_digest.struck = true;
	return true;
}

#define DIGEST_CALL(name, params, args)                            \
	int name params                                            \
	{                                                          \
		static int(*real) params;                          \
		if (real == NULL)                                  \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		return digest_fails() ? 0 : real args;             \
	}

DIGEST_CALL(EVP_DigestInit_ex,
    (EVP_MD_CTX * ctx, const EVP_MD *type, ENGINE *impl), (ctx, type, impl))
DIGEST_CALL(EVP_DigestUpdate, (EVP_MD_CTX * ctx, const void *p, size_t n),
    (ctx, p, n))
DIGEST_CALL(EVP_DigestFinal_ex,
    (EVP_MD_CTX * ctx, unsigned char *out, unsigned *n), (ctx, out, n))
DIGEST_CALL(EVP_Digest,
    (const void *p, size_t size, unsigned char *out, unsigned *n,
        const EVP_MD *type, ENGINE *impl),
    (p, size, out, n, type, impl))

#endif
