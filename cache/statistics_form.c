/*
 * statistics_form: the statistics of a part as its derived form "statistics"
 * (docs: formats, "Derived forms"). What is not as written here is as if it
 * were not there.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/statistics_impl.h"
#include "cache/store_derived.h"

static const char form[] = "statistics";
static const char format[] = "sluice-statistics/1";

enum {
	HEX = 16, /* digits of a hash */
	SCALE_MOST = 1200, /* beyond those of doubles */
};

#define FIRST_MOST ((json_int_t)1 << 53) /* as exact as doubles are */

/* -- printing -- */

static json_t *print_hashes(struct distinct *d)
{
	CLEANUP(buf_clear) struct buf hex = { 0 };
	size_t i;

	distinct_settle(d);
	for (i = 0; i < d->n; i++)
		buf_printf(&hex, "%016llx", (unsigned long long)d->hashes[i]);
	return hex.failed ? NULL : json_stringn(hex.p ? hex.p : "", hex.n);
}

static json_t *print_bins(const struct bins *b)
{
	json_t *counts = json_array();
	size_t i;

	for (i = 0; i < b->n; i++)
		json_array_append_new(counts,
		    json_integer((json_int_t)b->counts[i]));
	return json_pack("{s:i,s:I,s:o}", "scale", b->scale, "first",
	    (json_int_t)b->first, "counts", counts);
}

static json_t *print_extreme(const struct extreme *e)
{
	return json_pack("{s:s#,s:b}", "text", e->text, (int)e->n, "cut",
	    e->is_cut);
}

static json_t *print_column(size_t column, const struct type *t,
    struct statistics *s)
{
	char type[64];
	json_t *o;

	type_print(t, type, sizeof(type));
	o = json_pack("{s:I,s:s,s:I,s:I,s:b,s:o}", "column", (json_int_t)column,
	    "type", type, "rows", (json_int_t)s->rows, "nulls",
	    (json_int_t)s->nulls, "more", s->distinct.is_full, "hashes",
	    print_hashes(&s->distinct));
	if (s->least.is_set) {
		json_object_set_new(o, "least", print_extreme(&s->least));
		json_object_set_new(o, "greatest", print_extreme(&s->greatest));
	}
	if (s->bins.n > 0)
		json_object_set_new(o, "bins", print_bins(&s->bins));
	return o;
}

int part_statistics_print(struct part_statistics *p, struct buf *out,
    struct error *err)
{
	const size_t failed = json_failures();
	json_auto_t *doc = json_object();
	json_t *list = json_array();
	size_t i;

	if (json_object_set_new(doc, "format", json_string(format)) ||
	    json_object_set_new(doc, "columns", list))
		return error_memory(err);
	for (i = 0; i < p->n; i++)
		if (json_array_append_new(list,
		        print_column(p->columns[i], &p->types[i], &p->of[i])))
			return error_memory(err);
	return json_failures() == failed ? json_print(doc, out, err)
	                                 : error_memory(err);
}

/* Whoever looks at another user's store (root at the server's, say) leaves no
 * directory there that its owner cannot clear. */
static bool is_ours(const struct store *st)
{
	struct stat info;

	return os_lstat(store_dir(st), &info) == 0 && info.st_uid == geteuid();
}

int part_statistics_save(struct store *st, const struct digest *part,
    struct part_statistics *p, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	if (!is_ours(st))
		return 0;
	rc = part_statistics_print(p, &text, err);
	return rc ? rc
	          : store_derived_put(st, part, form, buf_bytes(&text), err);
}

/* -- parsing -- */

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0'
	    : c >= 'a' && c <= 'f'  ? c - 'a' + 10
	                            : -1;
}

static bool parse_hash(const char *p, uint64_t *out)
{
	int i, d;

	for (i = 0, *out = 0; i < HEX; i++) {
		if ((d = digit(p[i])) < 0)
			return false;
		*out = *out << 4 | (uint64_t)d;
	}
	return true;
}

static bool parse_hashes(const json_t *o, struct distinct *d)
{
	const char *p = json_string_value(json_object_get(o, "hashes"));
	size_t i, n = json_string_length(json_object_get(o, "hashes")) / HEX;

	if (p == NULL || n > DISTINCT_EXACT)
		return false;
	d->hashes = mem_array(n, sizeof(*d->hashes));
	if (d->hashes == NULL)
		return false;
	d->cap = d->n = n;
	for (i = 0; i < n; i++)
		if (!parse_hash(p + i * HEX, &d->hashes[i]))
			return false;
	d->is_full = json_is_true(json_object_get(o, "more"));
	if (d->is_full && n < DISTINCT_EXACT)
		return false;
	d->most = d->is_full ? d->hashes[n - 1] : 0;
	return true;
}

static bool parse_extreme(const json_t *o, struct extreme *e)
{
	const json_t *text = json_object_get(o, "text");

	if (!json_is_string(text) || json_string_length(text) > EXTREME_TEXT)
		return false;
	e->is_set = true;
	e->is_cut = json_is_true(json_object_get(o, "cut"));
	e->n = json_string_length(text);
	memcpy(e->text, json_string_value(text), e->n + 1);
	return true;
}

static bool parse_bins(const json_t *o, struct bins *b)
{
	const json_t *counts = json_object_get(o, "counts");
	json_int_t scale, first;
	size_t i;

	if (json_get_int(o, "scale", &scale, NULL) ||
	    json_get_int(o, "first", &first, NULL) || scale < -SCALE_MOST ||
	    scale > SCALE_MOST || first < -FIRST_MOST || first > FIRST_MOST ||
	    json_array_size(counts) > BINS)
		return false;
	b->scale = (int)scale;
	b->first = first;
	b->n = json_array_size(counts);
	for (i = 0; i < b->n; i++) {
		json_int_t n = json_integer_value(json_array_get(counts, i));

		if (n < 0)
			return false;
		b->counts[i] = (uint64_t)n;
	}
	return true;
}

static bool parse_values(const json_t *o, struct statistics *s)
{
	const json_t *least = json_object_get(o, "least");
	const json_t *bins = json_object_get(o, "bins");
	json_int_t rows, nulls;

	if (json_get_int(o, "rows", &rows, NULL) ||
	    json_get_int(o, "nulls", &nulls, NULL) || rows < nulls || nulls < 0)
		return false;
	s->rows = (uint64_t)rows;
	s->nulls = (uint64_t)nulls;
	return parse_hashes(o, &s->distinct) &&
	    (least == NULL ||
	        (parse_extreme(least, &s->least) &&
	            parse_extreme(json_object_get(o, "greatest"),
	                &s->greatest))) &&
	    (bins == NULL || parse_bins(bins, &s->bins));
}

static bool parse_columns(const json_t *list, struct part_statistics *p)
{
	size_t n = json_array_size(list);

	p->columns = mem_array(n, sizeof(*p->columns));
	p->types = mem_array(n, sizeof(*p->types));
	p->of = mem_array(n, sizeof(*p->of));
	if (!p->columns || !p->types || !p->of)
		return false;
	for (; p->n < n; p->n++) {
		const json_t *o = json_array_get(list, p->n);
		json_int_t column;

		if (json_get_int(o, "column", &column, NULL) || column < 0 ||
		    type_parse(json_str_or(o, "type", ""), &p->types[p->n],
		        NULL) ||
		    !parse_values(o, &p->of[p->n])) {
			statistics_clear(&p->of[p->n]);
			return false;
		}
		p->columns[p->n] = (size_t)column;
	}
	return true;
}

bool part_statistics_parse(struct bytes text, struct part_statistics *out)
{
	json_auto_t *doc = NULL;

	*out = (struct part_statistics){ 0 };
	if (json_parse(text, &doc, NULL) ||
	    strcmp(json_str_or(doc, "format", ""), format) != 0)
		return false;
	if (parse_columns(json_object_get(doc, "columns"), out))
		return true;
	part_statistics_clear(out);
	return false;
}

int part_statistics_load(struct store *st, const struct digest *part,
    struct part_statistics *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc = store_derived_get(st, part, form, &text, NULL);

	*out = (struct part_statistics){ 0 };
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc == 0)
		part_statistics_parse(buf_bytes(&text), out);
	return 0;
}
