/* delta: see delta.h.
 *
 * Rows are looked for as wholes: behind a difference the next row of both
 * sides, which is right where a row has changed in place, and else an index of
 * the base's rows. What is found grows byte by byte to both sides. */
#include "cache/delta.h"

#include <string.h>

#include "cache/base/mem.h"

static const char magic[] = "sluice-delta/1\n";

enum {
	MAGIC = sizeof(magic) - 1,
	INDEX_STEP = 64, /* bytes between rows in the index, at least */
	COPY_LEAST = 16, /* a shorter copy is hardly shorter than its bytes */
};

/* -- reading -- */

static int corrupt(struct error *err, const char *what)
{
	return error_set(err, ERROR_CORRUPT, "a delta is damaged: %s", what);
}

static bool take_number(struct bytes *in, uint64_t *out)
{
	unsigned shift;

	*out = 0;
	for (shift = 0; in->n > 0 && shift < 63; shift += 7) {
		const unsigned char c = (unsigned char)*in->p;

		in->p++;
		in->n--;
		*out |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return true;
	}
	return false;
}

int delta_read_head(struct bytes delta, struct delta_head *out,
    struct error *err)
{
	struct bytes rest = delta;
	size_t i;

	*out = (struct delta_head){ 0 };
	if (rest.n < MAGIC + 1 || memcmp(rest.p, magic, MAGIC) != 0)
		return corrupt(err, "it does not begin as one");
	out->n = (unsigned char)rest.p[MAGIC];
	rest.p += MAGIC + 1;
	rest.n -= MAGIC + 1;
	if (out->n == 0 || out->n > DELTA_BASES ||
	    rest.n < out->n * sizeof(out->bases[0]))
		return corrupt(err, "the number of its bases");
	for (i = 0; i < out->n; i++) {
		memcpy(out->bases[i].bytes, rest.p, DIGEST_SIZE);
		rest.p += DIGEST_SIZE;
		rest.n -= DIGEST_SIZE;
	}
	if (!take_number(&rest, &out->bytes) || out->bytes > DELTA_MOST)
		return corrupt(err, "its size");
	out->size = delta.n - rest.n;
	return 0;
}

/* A place of the base, at most DELTA_BASES * STORE_BLOB_MAX. */
static bool take_place(struct bytes *in, uint64_t before, uint64_t *out)
{
	uint64_t way;

	if (!take_number(in, &way) || way > INT64_MAX)
		return false;
	if (way % 2 == 0)
		*out = before + way / 2;
	else if (way / 2 + 1 > before)
		return false;
	else
		*out = before - (way / 2 + 1);
	return true;
}

int delta_apply(struct bytes delta, struct bytes base, struct buf *out,
    struct error *err)
{
	struct delta_head head;
	struct bytes rest;
	uint64_t step, from = 0, left;
	int rc = delta_read_head(delta, &head, err);

	if (rc)
		return rc;
	rest = (struct bytes){ delta.p + head.size, delta.n - head.size };
	if (!buf_reserve(out, head.bytes + 1))
		return error_memory(err);
	for (left = head.bytes; left > 0; left -= step / 2) {
		if (!take_number(&rest, &step) || step / 2 == 0 ||
		    step / 2 > left)
			return corrupt(err, "the size of a step");
		if (step % 2 == 1) {
			if (!take_place(&rest, from, &from) || from > base.n ||
			    step / 2 > base.n - from)
				return corrupt(err, "the place of a copy");
			buf_add(out, base.p + from, step / 2);
			from += step / 2;
		} else if (step / 2 > rest.n) {
			return corrupt(err, "its end is not there");
		} else {
			buf_add(out, rest.p, step / 2);
			rest.p += step / 2;
			rest.n -= step / 2;
		}
	}
	return rest.n > 0 ? corrupt(err, "it does not end") : 0;
}

/* -- making -- */

struct maker {
	struct bytes base, data;
	struct buf *out;
	uint32_t *rows; /* of the base, by their hash, plus 1; NULL: not yet */
	size_t mask; /* places of rows, less 1 */
	size_t done; /* bytes of data that are written */
	size_t copied; /* the end of the last copy, in base */
	size_t added; /* bytes that were no copy */
};

static void put_number(struct buf *out, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		buf_add_char(out, (char)(n | 0x80));
	buf_add_char(out, (char)n);
}

/* The start of the row behind the one that at lies in. */
static size_t next_row(struct bytes text, size_t at)
{
	const char *lf;

	if (at >= text.n)
		return text.n;
	lf = memchr(text.p + at, '\n', text.n - at);
	return lf ? (size_t)(lf - text.p) + 1 : text.n;
}

static uint64_t hash_of(const char *p, size_t n)
{
	uint64_t hash = n, word;

	for (; n > 0; p += sizeof(word)) {
		const size_t take = n < sizeof(word) ? n : sizeof(word);

		word = 0;
		memcpy(&word, p, take);
		n -= take;
		hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
		hash ^= hash >> 32;
	}
	return hash;
}

/* Of equal rows, or of equal places, the first one counts. */
static int make_index(struct maker *m, struct error *err)
{
	size_t places = 1024, at, next = 0;

	while (places < 2 * (m->base.n / INDEX_STEP))
		places *= 2;
	m->rows = mem_array(places, sizeof(*m->rows));
	if (m->rows == NULL)
		return error_memory(err);
	m->mask = places - 1;
	for (at = 0; at < m->base.n; at = next) {
		uint32_t *row;

		next = next_row(m->base, at);
		row = &m->rows[hash_of(m->base.p + at, next - at) & m->mask];
		if (*row == 0)
			*row = (uint32_t)at + 1;
		while (next < m->base.n && next - at < INDEX_STEP)
			next = next_row(m->base, next);
	}
	return 0;
}

static bool is_at(const struct maker *m, size_t place, struct bytes row)
{
	return place < m->base.n && row.n <= m->base.n - place &&
	    memcmp(m->base.p + place, row.p, row.n) == 0;
}

/* Where the base has this row, the guess first; its size where nowhere. */
static int find_row(struct maker *m, size_t guess, struct bytes row,
    size_t *out, struct error *err)
{
	uint32_t there;
	int rc;

	*out = guess;
	if (is_at(m, guess, row))
		return 0;
	if (m->rows == NULL && (rc = make_index(m, err)) != 0)
		return rc;
	there = m->rows[hash_of(row.p, row.n) & m->mask];
	*out = there > 0 && is_at(m, there - 1, row) ? there - 1 : m->base.n;
	return 0;
}

/* How many bytes two texts have in common from their starts. */
static size_t common(const char *a, const char *b, size_t most)
{
	size_t n = 0;

	while (most - n >= sizeof(uint64_t) &&
	    memcmp(a + n, b + n, sizeof(uint64_t)) == 0)
		n += sizeof(uint64_t);
	while (n < most && a[n] == b[n])
		n++;
	return n;
}

/* Data up to at as it is. */
static void add_bytes(struct maker *m, size_t at)
{
	const size_t n = at - m->done;

	if (n == 0)
		return;
	put_number(m->out, 2 * (uint64_t)n);
	buf_add(m->out, m->data.p + m->done, n);
	m->added += n;
	m->done = at;
}

/* The row at `at` of data, which the base has at `from`, and what is equal
 * around it; false where that is too little. */
static bool copy_row(struct maker *m, size_t at, size_t from)
{
	const size_t left = m->data.n - at, there = m->base.n - from;
	size_t n = common(m->data.p + at, m->base.p + from,
	    left < there ? left : there);

	while (at > m->done && from > 0 &&
	    m->data.p[at - 1] == m->base.p[from - 1]) {
		at--;
		from--;
		n++;
	}
	if (n < COPY_LEAST)
		return false;
	add_bytes(m, at);
	put_number(m->out, 2 * (uint64_t)n + 1);
	if (from >= m->copied)
		put_number(m->out, 2 * (uint64_t)(from - m->copied));
	else
		put_number(m->out, 2 * (uint64_t)(m->copied - from) - 1);
	m->done = at + n;
	m->copied = from + n;
	return true;
}

/* All steps; ERROR_LIMIT where more than `most` bytes are new. */
static int make_steps(struct maker *m, size_t most, struct error *err)
{
	size_t at = 0, guess = 0, from;
	int rc;

	while (at < m->data.n) {
		const size_t next = next_row(m->data, at);
		const struct bytes row = { m->data.p + at, next - at };

		if ((rc = find_row(m, guess, row, &from, err)))
			return rc;
		if (from == m->base.n || !copy_row(m, at, from)) {
			at = next;
			guess = next_row(m->base, guess);
		} else if (m->data.p[m->done - 1] == '\n') {
			at = m->done;
			guess = m->copied;
		} else {
			/* the row that the copy broke off in */
			at = next_row(m->data, m->done);
			guess = next_row(m->base, m->copied);
		}
		if (m->added + (at - m->done) > most)
			return ERROR_LIMIT;
	}
	add_bytes(m, m->data.n);
	return m->out->n > most ? ERROR_LIMIT : 0;
}

int delta_make(const struct digest *ids, size_t n, struct bytes base,
    struct bytes data, struct buf *out, uint64_t *reached, struct error *err)
{
	struct maker m = { .base = base, .data = data, .out = out };
	size_t i;
	int rc;

	*reached = 0;
	if (n == 0 || n > DELTA_BASES || data.n > DELTA_MOST ||
	    base.n > DELTA_BASES * (size_t)DELTA_MOST)
		return ERROR_LIMIT;
	buf_add(out, magic, MAGIC);
	buf_add_char(out, (char)n);
	for (i = 0; i < n; i++)
		buf_add(out, ids[i].bytes, DIGEST_SIZE);
	put_number(out, data.n);
	rc = make_steps(&m, data.n / DELTA_SHARE, err);
	*reached = m.copied;
	mem_free(m.rows);
	return rc ? rc : buf_check(out, err);
}
