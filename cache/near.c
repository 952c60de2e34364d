/* near: see near.h. */
#include "cache/near.h"

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/store_delta.h"
#include "cache/table.h"

enum {
	GIVE_UP = 8,
	SLACK = 16, /* a place may be off by this part of a part's bytes */
};

struct near {
	struct store *st;
	struct digest id;
	bool is_loaded;
	struct table table; /* no parts: nothing is known of it */
	uint64_t at; /* the place in its bytes, joined */
	uint64_t missed; /* bytes that were put since that was known */
	unsigned misses; /* parts in a row that had nothing in common */
	struct store_delta delta;
	uint64_t starts[DELTA_BASES]; /* places of delta's bases */
};

int near_open(struct store *st, const struct digest *table, struct near **out,
    struct error *err)
{
	*out = NULL;
	if (table == NULL || digest_is_null(table))
		return 0;
	*out = mem_alloc(sizeof(**out));
	if (*out == NULL)
		return error_memory(err);
	(*out)->st = st;
	(*out)->id = *table;
	return 0;
}

void near_close(struct near *near)
{
	if (near == NULL)
		return;
	table_clear(&near->table);
	buf_clear(&near->delta.text);
	mem_free(near);
}

static void load(struct near *n)
{
	if (!n->is_loaded && table_load(n->st, &n->id, &n->table, NULL))
		n->table = (struct table){ 0 };
	n->is_loaded = true;
}

static void stand_at(struct near *n, uint64_t at)
{
	n->at = at;
	n->missed = 0;
	n->misses = 0;
}

/* Whether the part is one of the table before: its place is behind that. */
static bool is_known(struct near *n, const struct digest *id)
{
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < n->table.n_parts; i++) {
		at += n->table.parts[i].bytes;
		if (at <= n->at || !digest_eq(&n->table.parts[i].blob, id))
			continue;
		stand_at(n, at);
		return true;
	}
	return false;
}

static void add_base(struct near *n, const struct digest *id, uint64_t start)
{
	struct store_delta *d = &n->delta;
	size_t i;

	for (i = 0; i < d->n; i++)
		if (digest_eq(&d->bases[i], id))
			return;
	if (d->n == DELTA_BASES)
		return;
	n->starts[d->n] = start;
	d->bases[d->n++] = *id;
}

/* What a part rests on: itself, or what its own delta is made of. */
static void add_bases(struct near *n, const struct digest *part, uint64_t start)
{
	CLEANUP(fd_close) int fd = -1;
	struct store_path path;
	struct delta_head head;
	size_t i;

	if (store_open_plain(n->st, part, &fd, NULL) == 0) {
		add_base(n, part, start);
		return;
	}
	store_delta_path(n->st, part, &path);
	if (store_read_delta_head(path.p, &head, NULL))
		return;
	for (i = 0; i < head.n; i++)
		add_base(n, &head.bases[i], start);
}

/* The bases of a delta for the next `bytes` of the table. What had nothing in
 * common may have been new rows between the old ones, or in their place. */
static void choose_bases(struct near *n, uint64_t bytes)
{
	const uint64_t slack = bytes / SLACK;
	const uint64_t from = n->at + (n->misses % 2 ? n->missed : 0);
	const uint64_t to = n->at + n->missed + bytes;
	uint64_t start = 0, end;
	size_t i;

	n->delta.n = 0;
	for (i = 0; i < n->table.n_parts; i++, start = end) {
		end = start + n->table.parts[i].bytes;
		if (end > from + slack && start + slack < to)
			add_bases(n, &n->table.parts[i].blob, start);
	}
}

/* Where the last copy ended; at the end of a part that ends about there. */
static void follow(struct near *n, uint64_t bytes)
{
	const struct store_delta *d = &n->delta;
	uint64_t rest = d->reached, at, end = 0;
	size_t i = 0;

	while (i + 1 < d->n && rest > d->bytes[i])
		rest -= d->bytes[i++];
	at = n->starts[i] + rest;
	for (i = 0; i < n->table.n_parts; i++) {
		end += n->table.parts[i].bytes;
		if (end > at - (at < bytes / SLACK ? at : bytes / SLACK) &&
		    end < at + bytes / SLACK) {
			at = end;
			break;
		}
	}
	stand_at(n, at);
}

/* A part that is new: n->delta.text is its delta, empty where it is to rest as
 * it is. */
static int try_delta(struct near *n, struct bytes part, struct error *err)
{
	int rc = ERROR_LIMIT;

	if (n->misses < GIVE_UP) {
		choose_bases(n, part.n);
		if (n->delta.n > 0)
			rc = store_delta_make(n->st, part, &n->delta, err);
	}
	if (rc == 0) {
		follow(n, part.n);
		return 0;
	}
	buf_reset(&n->delta.text);
	n->missed += part.n;
	n->misses++;
	return rc == ERROR_LIMIT ? 0 : rc;
}

int near_put(struct near *n, struct store_batch *batch, struct bytes part,
    struct digest *out, struct error *err)
{
	int rc;

	if (n == NULL || part.n < STORE_DELTA_LEAST)
		return store_batch_put(batch, part, out, err);
	if ((rc = digest_of(part, out, err)))
		return rc;
	load(n);
	buf_reset(&n->delta.text);
	if (is_known(n, out) || store_has(n->st, out))
		return store_batch_put_as(batch, out, part, (struct bytes){ 0 },
		    err);
	if (n->table.n_parts > 0 && (rc = try_delta(n, part, err)) != 0)
		return rc;
	return store_batch_put_as(batch, out, part, buf_bytes(&n->delta.text),
	    err);
}
