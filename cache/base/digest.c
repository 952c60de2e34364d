/* digest: see digest.h. */
#include "cache/base/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"

struct digest_stream {
	EVP_MD_CTX *ctx;
	bool failed;
};

static int fail(struct error *err)
{
	return error_set(err, ERROR_MEMORY, "the digest of OpenSSL failed");
}

int digest_open(struct digest_stream **out, struct error *err)
{
	struct digest_stream *s = mem_alloc(sizeof(*s));

	if (s == NULL)
		return error_memory(err);
	s->ctx = EVP_MD_CTX_new();
	if (s->ctx == NULL ||
	    EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL) != 1) {
		digest_close(s);
		return fail(err);
	}
	*out = s;
	return 0;
}

void digest_add(struct digest_stream *s, const void *p, size_t n)
{
	s->failed |= EVP_DigestUpdate(s->ctx, p, n) != 1;
}

int digest_finish(struct digest_stream *s, struct digest *out,
    struct error *err)
{
	bool failed = s->failed;

	failed |= EVP_DigestFinal_ex(s->ctx, out->bytes, NULL) != 1;
	s->failed = EVP_DigestInit_ex(s->ctx, NULL, NULL) != 1;
	failed |= s->failed;
	return failed ? fail(err) : 0;
}

void digest_close(struct digest_stream *s)
{
	if (s == NULL)
		return;
	EVP_MD_CTX_free(s->ctx);
	mem_free(s);
}

void digest_closep(struct digest_stream **s)
{
	digest_close(*s);
}

int digest_of(struct bytes data, struct digest *out, struct error *err)
{
	if (EVP_Digest(data.p, data.n, out->bytes, NULL, EVP_sha256(), NULL) !=
	    1)
		return fail(err);
	return 0;
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

int digest_cmp(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_SIZE);
}

bool digest_is_null(const struct digest *d)
{
	static const struct digest none;

	return digest_eq(d, &none);
}

int digest_md5(struct bytes data, char out[MD5_HEX + 1], struct error *err)
{
	uint8_t bytes[MD5_HEX / 2];

	if (EVP_Digest(data.p, data.n, bytes, NULL, EVP_md5(), NULL) != 1)
		return fail(err);
	hex_print(bytes, sizeof(bytes), out);
	return 0;
}

void hex_print(const uint8_t *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

void digest_print(const struct digest *d, char out[DIGEST_HEX + 1])
{
	hex_print(d->bytes, DIGEST_SIZE, out);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int digest_parse(const char *hex, struct digest *out, struct error *err)
{
	size_t i;

	if (strnlen(hex, DIGEST_HEX + 1) != DIGEST_HEX)
		return error_set(err, ERROR_SYNTAX,
		    "not a SHA-256: it has 64 hexadecimal digits");
	for (i = 0; i < DIGEST_SIZE; i++) {
		int high = hex_value(hex[2 * i]);
		int low = hex_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return error_set(err, ERROR_SYNTAX,
			    "not a SHA-256: lower-case hexadecimal digits only");
		out->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int digest_git_blob(struct bytes data, uint8_t out[GIT_ID_SIZE],
    struct error *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char head[32];
	int n = snprintf(head, sizeof(head), "blob %zu", data.n);
	bool ok;

	if (ctx == NULL)
		return error_memory(err);
	ok = EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, head, (size_t)n + 1) == 1 &&
	    EVP_DigestUpdate(ctx, data.p, data.n) == 1 &&
	    EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : fail(err);
}
