/* recall: see recall.h. */
#include "runner/recall.h"

#include <stdlib.h>
#include <string.h>

static const char form[] = "recall";
static const char format[16] = "sluice-recall/1";

struct head {
	char format[16];
	int64_t epoch;
	uint32_t least, entry_size;
};

struct entry {
	struct digest outline, key, table;
	struct digest part; /* the table's one part; null: it has none */
	uint64_t rows;
	struct result_stamp stamp;
	char by[64];
	uint32_t tier, reserved;
};

struct recall {
	struct buf text;
	const struct entry *entries; /* sorted by outline */
	size_t n;
};

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return digest_cmp(&x->outline, &y->outline);
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
	    r->text.n < sizeof(head) ||
	    (r->text.n - sizeof(head)) % sizeof(struct entry) != 0 ||
	    memcmp(r->text.p, &head, sizeof(head)) != 0) {
		recall_free(r);
		return NULL;
	}
	/* a buffer is aligned as malloc aligns, and the head is of 32 bytes */
	r->entries = (const void *)(r->text.p + sizeof(head));
	r->n = (r->text.n - sizeof(head)) / sizeof(struct entry);
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

static bool is_there(struct store *st, const struct entry *e)
{
	struct result_stamp stamp;

	return result_stamp(st, &e->key, &stamp) &&
	    memcmp(&stamp, &e->stamp, sizeof(stamp)) == 0 &&
	    store_has(st, &e->key) && store_has(st, &e->table) &&
	    (digest_is_null(&e->part) || store_has(st, &e->part));
}

bool recall_find(const struct recall *r, struct store *st,
    const struct digest *outline, struct result *result, struct table *table)
{
	const struct entry wanted = { .outline = *outline };
	const struct entry *e;

	if (r == NULL || digest_is_null(outline))
		return false;
	e = bsearch(&wanted, r->entries, r->n, sizeof(*e), compare);
	if (e == NULL || !is_there(st, e))
		return false;
	*result = (struct result){ .key = e->key,
		.table = e->table,
		.tier = (enum result_tier)e->tier };
	memcpy(result->by, e->by, sizeof(result->by));
	*table = (struct table){ .id = e->table, .rows = e->rows };
	return true;
}

/* A table of several parts, or one of which only the id is known, is not worth
 * a list here; false. */
static bool part_of(const struct recall *before, const struct plan_node *node,
    struct digest *out)
{
	const struct entry wanted = { .outline = node->outline };
	const struct entry *e;

	*out = (struct digest){ { 0 } };
	if (node->table.n_columns > 0) {
		if (node->table.n_parts == 1)
			*out = node->table.parts[0].blob;
		return node->table.n_parts <= 1;
	}
	if (before == NULL)
		return false;
	e = bsearch(&wanted, before->entries, before->n, sizeof(*e), compare);
	if (e != NULL)
		*out = e->part;
	return e != NULL;
}

static bool make_entry(const struct plan *plan, const struct plan_node *node,
    struct entry *out)
{
	memset(out, 0, sizeof(*out)); /* the gaps too: it is written */
	if (digest_is_null(&node->outline) || node->result.unstable ||
	    node->result.is_doubtful ||
	    !part_of(plan->recall, node, &out->part) ||
	    !result_stamp(plan->store, &node->result.key, &out->stamp))
		return false;
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
	size_t i, n = 0;

	if (entries == NULL || head.epoch < 0)
		return;
	for (i = 0; i < plan->pipeline->n; i++)
		if (plan->nodes[i].state == PLAN_DONE)
			n += make_entry(plan, &plan->nodes[i], &entries[n]);
	if (n > 1)
		qsort(entries, n, sizeof(*entries), compare);
	buf_add(&text, (const char *)&head, sizeof(head));
	buf_add(&text, (const char *)entries, n * sizeof(*entries));
	if (buf_check(&text, NULL) == 0)
		store_derived_put(plan->store, manifest, form, buf_bytes(&text),
		    NULL);
}
