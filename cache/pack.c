/* pack: see pack.h. */
#include "cache/pack.h"

#include <math.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/number.h"

enum {
	FIELD_MOST = 12, /* marks, ends, and the bits of a real */
	NUMBER_MOST = 9,
	POSITIVE = 0x80, /* + length; below it the negative, - length */
};

int pack_init(struct pack *p, const struct column *columns, size_t n,
    const size_t *key, size_t n_key, struct error *err)
{
	size_t i, k, at = n_key;

	*p = (struct pack){ .columns = columns, .n = n, .n_key = n_key };
	p->order = mem_array(n, sizeof(*p->order));
	if (p->order == NULL)
		return error_memory(err);
	for (k = 0; k < n_key; k++)
		p->order[k] = key[k];
	for (i = 0; i < n; i++) {
		for (k = 0; k < n_key && key[k] != i; k++)
			;
		if (k == n_key)
			p->order[at++] = i;
	}
	return 0;
}

void pack_clear(struct pack *p)
{
	mem_free(p->order);
	*p = (struct pack){ 0 };
}

size_t pack_overhead(const struct pack *p)
{
	return p->n * FIELD_MOST + NUMBER_MOST;
}

static char *put(char *out, const char *p, size_t n)
{
	if (n > 0)
		memcpy(out, p, n);
	return out + n;
}

static char *pack_scaled(const struct field *f, char *out)
{
	size_t i;

	if (*f->p != '-') {
		*out++ = (char)(POSITIVE + f->n);
		return put(out, f->p, f->n);
	}
	*out++ = (char)(POSITIVE - f->n);
	for (i = 0; i < f->n; i++)
		*out++ = (char)~f->p[i];
	return put(out, f->p, f->n);
}

/* The bits of a double as an unsigned number that has its order; nan last. */
static char *pack_bits(double v, char *out)
{
	uint64_t bits;
	int i;

	memcpy(&bits, &v, sizeof(bits));
	if (isnan(v))
		bits = UINT64_MAX;
	else
		bits = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
	for (i = 56; i >= 0; i -= 8)
		*out++ = (char)(bits >> i);
	return out;
}

char *pack_field(const struct type *t, const struct field *f, char *out)
{
	if (f->null) {
		*out++ = 0;
		return out;
	}
	*out++ = 1;
	if (t->kind == TYPE_INTEGER || t->kind == TYPE_DECIMAL)
		return pack_scaled(f, out);
	if (t->kind == TYPE_REAL)
		out = pack_bits(real_value(f->p, f->n), out);
	out = put(out, f->p, f->n);
	*out++ = '\0';
	return out;
}

static const char *unpack_scaled(const char *p, struct field *f)
{
	int sign = (unsigned char)*p++ - POSITIVE;

	f->n = (size_t)(sign < 0 ? -sign : sign);
	f->p = sign < 0 ? p + f->n : p;
	return f->p + f->n;
}

static const char *unpack_field(const struct type *t, const char *p,
    struct field *f)
{
	f->null = *p++ == 0;
	if (f->null) {
		f->p = "";
		f->n = 0;
		return p;
	}
	if (t->kind == TYPE_INTEGER || t->kind == TYPE_DECIMAL)
		return unpack_scaled(p, f);
	if (t->kind == TYPE_REAL)
		p += sizeof(uint64_t);
	f->p = p;
	f->n = strlen(p);
	return p + f->n + 1;
}

size_t unpack_row(const struct pack *p, const char *row, struct field *fields)
{
	const char *at = row;
	size_t key_size = 0, i;

	for (i = 0; i < p->n; i++) {
		size_t c = p->order[i];

		at = unpack_field(&p->columns[c].type, at, &fields[c]);
		if (i + 1 == p->n_key)
			key_size = (size_t)(at - row);
	}
	return key_size;
}
