/* digest: the values of the standards, and what libcrypto refuses is told. */
#define _GNU_SOURCE
#include "tests/unit/cmocka_all.h"
#include "tests/unit/fault_digest.h"

#include <string.h>

#include "cache/base/digest.h"
#include "cache/base/mem.h"

/* FIPS 180-4's example of one block, and RFC 1321's. */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ABC_MD5 "900150983cd24fb0d6963f7d28e17f72"
/* printf abc | git hash-object --stdin */
#define ABC_GIT "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f"

enum {
	BEGIN_ANEW = 5 /* which of the calls below does, in pieces() */
};

static int whole(char *hex, struct error *err)
{
	struct digest d;
	int rc = digest_of(bytes_of("abc"), &d, err);

	if (rc == 0)
		digest_print(&d, hex);
	return rc;
}

/* A failure is told once, and the stream starts anew, unless that fails. */
static int pieces(char *hex, struct error *err)
{
	CLEANUP(digest_closep) struct digest_stream *s = NULL;
	struct digest d;
	int rc = digest_open(&s, err);

	if (rc)
		return rc;
	digest_add(s, "a", 1);
	digest_add(s, "bc", 2);
	rc = digest_finish(s, &d, err);
	if (rc && fault_digest.at == BEGIN_ANEW) {
		assert_int_equal(digest_finish(s, &d, NULL), ERROR_MEMORY);
	} else if (rc) {
		digest_add(s, "abc", 3);
		assert_int_equal(digest_finish(s, &d, NULL), 0);
	}
	digest_print(&d, hex);
	return rc;
}

static int md5(char *hex, struct error *err)
{
	return digest_md5(bytes_of("abc"), hex, err);
}

static int git(char *hex, struct error *err)
{
	uint8_t id[GIT_ID_SIZE];
	int rc = digest_git_blob(bytes_of("abc"), id, err);

	if (rc == 0)
		hex_print(id, sizeof(id), hex);
	return rc;
}

static void each_refusal_is_told(void **state)
{
	static const struct {
		int (*run)(char *hex, struct error *err);
		const char *wanted;
		long calls; /* of libcrypto, that may fail */
	} cases[] = { { whole, ABC, 1 }, { pieces, ABC, 5 },
		{ md5, ABC_MD5, 1 }, { git, ABC_GIT, 4 } };
	size_t i;
	long at;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		char hex[DIGEST_HEX + 1];

		for (at = 1; at <= cases[i].calls; at++) {
			struct error err = { 0 };

			digest_fault_set(at);
			assert_int_equal(cases[i].run(hex, &err), ERROR_MEMORY);
			assert_string_equal(err.msg,
			    "the digest of OpenSSL failed");
			assert_true(fault_digest.struck);
			if (cases[i].run == pieces && at > 1 && at < BEGIN_ANEW)
				assert_string_equal(hex, ABC);
		}
		digest_fault_set(0);
		assert_int_equal(cases[i].run(hex, NULL), 0);
		assert_string_equal(hex, cases[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_refusal_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
