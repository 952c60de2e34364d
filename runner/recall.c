/* recall: see recall.h. */
#include "runner/recall.h"

#include <stdlib.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/store_derived.h"

static const char form[] = "recall";
static const char format[16] = "sluice-recall/3";

struct head {
	char format[16];
	int64_t epoch;
	uint32_t least, entry_size;
};

/* A change within one tick of the kernel's clock shows in no time: what was
 * changed so short a while ago may yet be, and is asked name by name. */
enum {
	TICK = 50 /* ms; the longest are 10 */
};

struct entry {
	struct digest outline, key, table;
	struct digest part; /* the table's one part; null: it has none */
	uint64_t rows;
	struct result_stamp stamp;
	char by[64];
	uint32_t tier;
	uint32_t
	    is_large; /* the part may rest as a delta, and go with a base */
};

struct recall {
	struct buf text;
	const struct entry *entries; /* sorted by outline */
	size_t n;
	bool is_whole[256]; /* no blob of that first byte came or went */
};

enum {
	SHARDS = 256 * sizeof(struct store_shard),
	FIRST = sizeof(struct head) + SHARDS, /* the first entry */
};

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return digest_cmp(&x->outline, &y->outline);
}

/* The directories of blobs as they are; zeros for what may change unseen. */
static void shards_of(struct store *st, struct store_shard out[256])
{
	const int64_t settled = (clock_now() - TICK) * 1000000;
	size_t i;

	memset(out, 0, SHARDS);
	if (!store_shards(store_dir(st), "blobs", out))
		memset(out, 0, SHARDS);
	for (i = 0; i < 256; i++)
		if (out[i].changed > settled)
			out[i] = (struct store_shard){ 0 };
}

static void compare_shards(struct recall *r, struct store *st,
    const struct store_shard *was)
{
	struct store_shard now[256];
	size_t i;

	shards_of(st, now);
	for (i = 0; i < 256; i++)
		r->is_whole[i] = now[i].inode != 0 &&
		    memcmp(&now[i], &was[i], sizeof(now[i])) == 0;
}

static struct head head_of(struct store *st, enum result_tier least)
{
	struct head head = { .least = least,
		.entry_size = sizeof(struct entry) };
	long long epoch = 0;

	memcpy(head.format, format, sizeof(head.format));
	if (result_epoch(st, &epoch, NULL))
		epoch = -1; /* of no entry */
	head.epoch = epoch;
	return head;
}

struct recall *recall_load(struct store *st, const struct digest *manifest,
    enum result_tier least)
{
	struct head head = head_of(st, least);
	struct recall *r = mem_alloc(sizeof(*r));

	if (r == NULL)
		return NULL;
	if (head.epoch < 0 ||
	    store_derived_get(st, manifest, form, &r->text, NULL) ||
	    r->text.n < FIRST || (r->text.n - FIRST) % sizeof(*r->entries) ||
	    memcmp(r->text.p, &head, sizeof(head)) != 0) {
		recall_free(r);
		return NULL;
	}
	/* a buffer is aligned as malloc aligns, and so is what lies in it */
	compare_shards(r, st, (const void *)(r->text.p + sizeof(head)));
	r->entries = (const void *)(r->text.p + FIRST);
	r->n = (r->text.n - FIRST) / sizeof(*r->entries);
	return r;
}

void recall_free(struct recall *r)
{
	if (r == NULL)
		return;
	buf_clear(&r->text);
	mem_free(r);
}

void recall_freep(struct recall **r)
{
	recall_free(*r);
	*r = NULL;
}

static bool has(const struct recall *r, struct store *st,
    const struct digest *blob)
{
	return r->is_whole[blob->bytes[0]] || store_has(st, blob);
}

static bool is_there(const struct recall *r, struct store *st,
    const struct entry *e)
{
	struct result_stamp stamp;

	return result_stamp(st, &e->key, &stamp) &&
	    memcmp(&stamp, &e->stamp, sizeof(stamp)) == 0 &&
	    has(r, st, &e->key) && has(r, st, &e->table) &&
	    (digest_is_null(&e->part) ||
	        (e->is_large ? store_has(st, &e->part) : has(r, st, &e->part)));
}

static const struct entry *find(const struct recall *r,
    const struct digest *outline)
{
	const struct entry wanted = { .outline = *outline };

	if (r == NULL || digest_is_null(outline))
		return NULL;
	return bsearch(&wanted, r->entries, r->n, sizeof(wanted), compare);
}

bool recall_find(const struct recall *r, struct store *st,
    const struct digest *outline, struct result *result, struct table *table)
{
	const struct entry *e = find(r, outline);

	if (e == NULL || !is_there(r, st, e))
		return false;
	*result = (struct result){ .key = e->key,
		.table = e->table,
		.tier = (enum result_tier)e->tier };
	memcpy(result->by, e->by, sizeof(result->by));
	*table = (struct table){ .id = e->table, .rows = e->rows };
	return true;
}

/* Of a node that was recalled: as it was. */
static bool copy_entry(const struct recall *before,
    const struct plan_node *node, struct entry *out)
{
	const struct entry *e = find(before, &node->outline);

	if (e != NULL)
		*out = *e;
	return e != NULL;
}

/* false for what is not worth a place, or may not have one: a table of several
 * parts is not worth a list. */
static bool make_entry(const struct plan *plan, const struct plan_node *node,
    struct entry *out)
{
	memset(out, 0, sizeof(*out)); /* the gaps too: it is written */
	if (digest_is_null(&node->outline) || node->result.unstable ||
	    node->result.is_doubtful)
		return false;
	if (node->table.n_columns == 0)
		return copy_entry(plan->recall, node, out);
	if (node->table.n_parts > 1 ||
	    !result_stamp(plan->store, &node->result.key, &out->stamp))
		return false;
	if (node->table.n_parts == 1) {
		out->part = node->table.parts[0].blob;
		out->is_large = node->table.bytes >= STORE_DELTA_LEAST;
	}
	out->outline = node->outline;
	out->key = node->result.key;
	out->table = node->table.id;
	out->rows = node->table.rows;
	out->tier = node->result.tier;
	memcpy(out->by, node->result.by, sizeof(out->by));
	return true;
}

void recall_save(const struct plan *plan, const struct digest *manifest)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(mem_freep)
	struct entry *entries = mem_array(plan->n_wanted, sizeof(*entries));
	struct head head = head_of(plan->store, plan->inputs.least);
	struct store_shard shards[256];
	size_t i, n = 0;

	if (entries == NULL || head.epoch < 0)
		return;
	for (i = 0; i < plan->pipeline->n; i++)
		if (plan->nodes[i].state == PLAN_DONE)
			n += make_entry(plan, &plan->nodes[i], &entries[n]);
	if (n > 1)
		qsort(entries, n, sizeof(*entries), compare);
	shards_of(plan->store, shards);
	buf_add(&text, &head, sizeof(head));
	buf_add(&text, shards, sizeof(shards));
	buf_add(&text, entries, n * sizeof(*entries));
	if (buf_check(&text, NULL) == 0)
		store_derived_put(plan->store, manifest, form, buf_bytes(&text),
		    NULL);
}
