/* sort: see sort.h. */
#include "cache/sort.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/stage.h"

enum {
	HEAD = sizeof(uint32_t), /* the length before each row */
	CHUNK = 1 << 20, /* of a run that is being written */
	SHORT_RUN = 12, /* rows that are sorted by insertion */
	MANY = 100, /* rows from which on counting bytes pays */
	ROW_MOST = 1 << 30,
	HELD = 1 << 20, /* bytes of a run that may stay in memory, */
	HELD_ALL = 64 << 20, /* and of all runs together */
	AHEAD = 8, /* rows that are fetched before they are copied */
};

/* A row to be sorted: eight bytes of it, from where rows begin to differ, and
 * where it is. */
struct entry {
	uint64_t prefix;
	size_t at;
};

/* Rows in memory, and in which order they are given. */
struct batch {
	struct buf rows; /* length, row; length, row; ... */
	size_t n; /* rows in it */
	size_t last; /* where the last one begins */
	bool in_order; /* so far */
	struct entry *entries; /* sorted; NULL: as they lie */
	size_t next; /* of entries, or in rows */
};

/* A sorted run in the file, and what is left of it while it is read. */
struct run {
	uint64_t start, end;
	const char *p, *stop;
	const char *held; /* before it the map's memory was let go */
};

struct sort {
	char *dir;
	size_t limit;
	bool keep_order;
	struct batch batches[2];
	struct batch *filling; /* one of them */
	struct stage *spilling; /* the other one; NULL: all is in memory */
	/* the second thread's, until stage_finish(): */
	int fd;
	uint64_t written;
	struct buf run_last; /* the last row of the last run */
	struct run *runs;
	size_t n_runs, cap_runs;
	/* while they are merged: */
	struct file_map map;
	ptrdiff_t held_most; /* bytes of a run that may stay in memory */
	size_t *heap; /* runs, the smallest row first */
	size_t n_heap;
};

static uint32_t length_at(const char *p)
{
	uint32_t n;

	memcpy(&n, p, HEAD);
	return n;
}

static struct bytes row_at(const char *p)
{
	return (struct bytes){ p + HEAD, length_at(p) };
}

static int compare_rows(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = memcmp(a.p, b.p, n);

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* The first eight bytes as a number that has their order; a shorter row is
 * filled with zeros. */
static uint64_t prefix_of(struct bytes row)
{
	uint64_t v = 0;
	size_t i;

	if (row.n >= 8) {
		memcpy(&v, row.p, 8);
		return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		    ? __builtin_bswap64(v)
		    : v;
	}
	for (i = 0; i < 8; i++)
		v = v << 8 | (i < row.n ? (unsigned char)row.p[i] : 0);
	return v;
}

/* How many bytes at their start all rows have in common. */
static size_t common_start(const struct batch *batch)
{
	struct bytes first = row_at(batch->rows.p);
	const char *p = batch->rows.p;
	size_t i, k, common = first.n;

	for (i = 0; i < batch->n && common > 0; i++) {
		struct bytes row = row_at(p);

		if (row.n < common)
			common = row.n;
		for (k = 0; k < common && row.p[k] == first.p[k]; k++)
			;
		common = k;
		p += HEAD + row.n;
	}
	return common;
}

static bool is_before(const char *rows, const struct entry *a,
    const struct entry *b)
{
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix;
	return compare_rows(row_at(rows + a->at), row_at(rows + b->at)) < 0;
}

static void sort_short(const char *rows, struct entry *e, size_t n)
{
	size_t i, j;

	for (i = 1; i < n; i++) {
		struct entry one = e[i];

		for (j = i; j > 0 && is_before(rows, &one, &e[j - 1]); j--)
			e[j] = e[j - 1];
		e[j] = one;
	}
}

static void merge(const char *rows, const struct entry *a, size_t na,
    const struct entry *b, size_t nb, struct entry *out)
{
	size_t i = 0, j = 0;

	if (na == 0 || nb == 0 || !is_before(rows, b, a + na - 1)) {
		memcpy(out, a, na * sizeof(*a));
		memcpy(out + na, b, nb * sizeof(*b));
		return;
	}
	while (i < na && j < nb)
		*out++ = is_before(rows, &b[j], &a[i]) ? b[j++] : a[i++];
	memcpy(out, a + i, (na - i) * sizeof(*a));
	memcpy(out + (na - i), b + j, (nb - j) * sizeof(*b));
}

/* A merge sort from short runs upwards: stable, n log n whatever comes. e is
 * sorted; spare has as many places. */
static void sort_by_rows(const char *rows, struct entry *e, struct entry *spare,
    size_t n)
{
	struct entry *from = e, *to = spare;
	size_t i, width;

	for (i = 0; i < n; i += SHORT_RUN)
		sort_short(rows, e + i, n - i < SHORT_RUN ? n - i : SHORT_RUN);
	for (width = SHORT_RUN; width < n; width *= 2) {
		struct entry *swap = from;

		for (i = 0; i < n; i += 2 * width) {
			size_t left = n - i;
			size_t na = left < width ? left : width;
			size_t nb = left - na < width ? left - na : width;

			merge(rows, from + i, na, from + i + na, nb, to + i);
		}
		from = to;
		to = swap;
	}
	if (from != e)
		memcpy(e, from, n * sizeof(*e));
}

/* By the prefix alone, byte by byte from the last: no comparison is guessed
 * wrong. Returns where the sorted entries are, e or spare. */
static struct entry *sort_by_prefix(struct entry *e, struct entry *spare,
    size_t n)
{
	size_t counts[8][256] = { { 0 } }, i;
	unsigned b, v;

	for (i = 0; i < n; i++)
		for (b = 0; b < 8; b++)
			counts[b][e[i].prefix >> 8 * b & 0xff]++;
	for (b = 0; b < 8; b++) {
		struct entry *swap = e;
		size_t *count = counts[b], at = 0;

		if (count[e[0].prefix >> 8 * b & 0xff] == n)
			continue; /* all have that byte */
		for (v = 0; v < 256; v++) {
			size_t k = count[v];

			count[v] = at;
			at += k;
		}
		for (i = 0; i < n; i++)
			spare[count[e[i].prefix >> 8 * b & 0xff]++] = e[i];
		e = spare;
		spare = swap;
	}
	return e;
}

/* Entries of one prefix lie together; their rows have the last word. */
static void sort_ties(const char *rows, struct entry *e, struct entry *spare,
    size_t n)
{
	size_t i, end;

	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && e[end].prefix == e[i].prefix;)
			end++;
		if (end - i > 1)
			sort_by_rows(rows, e + i, spare + i, end - i);
	}
}

static int sort_batch(struct batch *b, struct error *err)
{
	size_t n = b->n, i, common = common_start(b);
	struct entry *e = mem_array(n, sizeof(*e)), *spare = NULL, *sorted;
	const char *p = b->rows.p;

	if (e != NULL)
		spare = mem_array(n, sizeof(*spare));
	if (spare == NULL) {
		mem_free(e);
		return error_memory(err);
	}
	for (i = 0; i < n; i++) {
		struct bytes row = row_at(p);

		e[i].at = (size_t)(p - b->rows.p);
		p += HEAD + row.n;
		row.p += common;
		row.n -= common;
		e[i].prefix = prefix_of(row);
	}
	if (n < MANY) {
		sort_by_rows(b->rows.p, e, spare, n);
		sorted = e;
	} else {
		sorted = sort_by_prefix(e, spare, n);
		sort_ties(b->rows.p, sorted, sorted == e ? spare : e, n);
	}
	mem_free(sorted == e ? spare : e);
	b->entries = sorted;
	b->last = sorted[n - 1].at;
	return 0;
}

/* Sorted rows lie anywhere: the wait for one is spent on others. */
static void fetch_ahead(const struct batch *b)
{
	if (b->next + AHEAD < b->n)
		__builtin_prefetch(b->rows.p + b->entries[b->next + AHEAD].at);
}

/* The next row with its length, or NULL. */
static const char *next_of_batch(struct batch *b)
{
	const char *row;

	if (b->entries != NULL) {
		if (b->next == b->n)
			return NULL;
		fetch_ahead(b);
		return b->rows.p + b->entries[b->next++].at;
	}
	if (b->next == b->rows.n)
		return NULL;
	row = b->rows.p + b->next;
	b->next += HEAD + length_at(row);
	return row;
}

/* Ready for rows again, with the memory of those before. */
static void empty(struct batch *b)
{
	mem_free(b->entries);
	b->entries = NULL;
	buf_reset(&b->rows);
	b->n = b->last = b->next = 0;
	b->in_order = true;
}

static int write_out(struct sort *s, struct bytes data, struct error *err)
{
	s->written += data.n;
	return file_write_fd(s->fd, data, err);
}

static int write_sorted(struct sort *s, struct batch *b, struct error *err)
{
	CLEANUP(buf_clear) struct buf chunk = { 0 };
	const char *row;
	int rc = 0;

	while (rc == 0 && (row = next_of_batch(b)) != NULL) {
		buf_add(&chunk, row, HEAD + length_at(row));
		if (chunk.n < CHUNK && b->next < b->n)
			continue;
		rc = buf_check(&chunk, err);
		if (rc == 0)
			rc = write_out(s, buf_bytes(&chunk), err);
		buf_reset(&chunk);
	}
	return rc;
}

/* The first row of what was just written. */
static struct bytes first_row(const struct batch *b)
{
	return row_at(b->rows.p + (b->entries ? b->entries[0].at : 0));
}

/* Rows that go on where the last run ended make it longer. */
static int add_run(struct sort *s, const struct batch *b, uint64_t start,
    struct error *err)
{
	struct bytes last = row_at(b->rows.p + b->last);
	struct run *more;

	if (s->n_runs > 0 &&
	    (s->keep_order ||
	        compare_rows(buf_bytes(&s->run_last), first_row(b)) <= 0)) {
		s->runs[s->n_runs - 1].end = s->written;
	} else {
		more =
		    mem_grow(s->runs, s->n_runs, &s->cap_runs, sizeof(*more));
		if (more == NULL)
			return error_memory(err);
		s->runs = more;
		more[s->n_runs++] =
		    (struct run){ .start = start, .end = s->written };
	}
	buf_reset(&s->run_last);
	buf_add(&s->run_last, last.p, last.n);
	return buf_check(&s->run_last, err);
}

/* The second thread's work: a batch goes to the file. */
static int spill(void *payload, void *piece, struct error *err)
{
	struct sort *s = payload;
	struct batch *b = piece;
	uint64_t start = s->written;
	int rc = 0;

	if (s->fd < 0)
		rc = file_open_temp(s->dir, &s->fd, err);
	if (rc)
		return rc;
	if (s->keep_order || b->in_order)
		rc = write_out(s, buf_bytes(&b->rows), err);
	else if ((rc = sort_batch(b, err)) == 0)
		rc = write_sorted(s, b, err);
	return rc ? rc : add_run(s, b, start, err);
}

/* The batch is full: the other one is next. */
static int spill_aside(struct sort *s, struct error *err)
{
	int rc;

	if (s->spilling == NULL &&
	    (rc = stage_open(spill, s, &s->spilling, err)))
		return rc;
	if ((rc = stage_give(s->spilling, s->filling, false, err)))
		return rc;
	s->filling = &s->batches[s->filling == s->batches];
	empty(s->filling);
	return 0;
}

int sort_open(const char *dir, size_t limit, bool keep_order, struct sort **out,
    struct error *err)
{
	struct sort *s = mem_alloc(sizeof(*s));

	*out = s;
	if (s == NULL)
		return error_memory(err);
	s->fd = -1;
	s->limit = limit;
	s->keep_order = keep_order;
	s->filling = s->batches;
	empty(s->filling);
	s->dir = mem_strdup(dir);
	if (s->dir == NULL) {
		sort_closep(out);
		return error_memory(err);
	}
	return 0;
}

void sort_close(struct sort *s)
{
	size_t i;

	if (s == NULL)
		return;
	stage_close(s->spilling);
	for (i = 0; i < ARRAY_LEN(s->batches); i++) {
		empty(&s->batches[i]);
		buf_clear(&s->batches[i].rows);
	}
	mem_free(s->dir);
	buf_clear(&s->run_last);
	mem_free(s->runs);
	mem_free(s->heap);
	file_map_clear(&s->map);
	fd_close(&s->fd);
	mem_free(s);
}

void sort_closep(struct sort **s)
{
	sort_close(*s);
	*s = NULL;
}

/* What the rows take, and what sorting them will. */
static size_t memory_of(const struct sort *s, const struct batch *b)
{
	size_t entries = b->in_order || s->keep_order ? 0 : b->n;

	return b->rows.n + 2 * entries * sizeof(struct entry);
}

int sort_reserve(struct sort *s, size_t most, char **out, struct error *err)
{
	struct buf *rows;
	int rc = 0;

	if (most > ROW_MOST)
		return error_set(err, ERROR_LIMIT, "a row of more than 1 GiB");
	if (s->filling->n > 0 && memory_of(s, s->filling) + most > s->limit / 2)
		rc = spill_aside(s, err);
	if (rc)
		return rc;
	rows = &s->filling->rows;
	if (!buf_reserve(rows, HEAD + most))
		return error_memory(err);
	*out = rows->p + rows->n + HEAD;
	return 0;
}

void sort_commit(struct sort *s, size_t n)
{
	struct batch *b = s->filling;
	char *at = b->rows.p + b->rows.n;
	uint32_t len = (uint32_t)n;

	memcpy(at, &len, HEAD);
	if (b->in_order && b->n > 0 && !s->keep_order)
		b->in_order =
		    compare_rows(row_at(b->rows.p + b->last), row_at(at)) <= 0;
	b->last = b->rows.n;
	b->rows.n += HEAD + n;
	b->n++;
}

bool sort_is_straight(const struct sort *s, size_t least)
{
	const struct batch *b = s->filling;

	return b->rows.n >= least && s->spilling == NULL &&
	    (b->in_order || s->keep_order);
}

static bool run_is_before(const struct sort *s, size_t a, size_t b)
{
	int c = compare_rows(row_at(s->runs[a].p), row_at(s->runs[b].p));

	return c ? c < 0 : a < b;
}

/* heap[i] goes down to where both below it are larger. */
static void sift(struct sort *s, size_t i)
{
	size_t child;

	while ((child = 2 * i + 1) < s->n_heap) {
		size_t one = s->heap[i];

		if (child + 1 < s->n_heap &&
		    run_is_before(s, s->heap[child + 1], s->heap[child]))
			child++;
		if (!run_is_before(s, s->heap[child], one))
			return;
		s->heap[i] = s->heap[child];
		s->heap[child] = one;
		i = child;
	}
}

static int not_as_written(const struct sort *s, struct error *err)
{
	return error_set(err, ERROR_IO,
	    "the temporary file in %s has not what was written", s->dir);
}

/* The file is ours alone, but a disk may lie: before a row is compared, it is
 * known to end within its run. */
static int check_row(const struct sort *s, const struct run *r,
    struct error *err)
{
	size_t left = (size_t)(r->stop - r->p);

	return left >= HEAD && length_at(r->p) <= left - HEAD
	    ? 0
	    : not_as_written(s, err);
}

static int open_runs(struct sort *s, struct error *err)
{
	size_t i;
	int rc = file_map_fd(s->fd, &s->map, err);

	if (rc)
		return rc;
	if (s->map.data.n != s->written)
		return not_as_written(s, err);
	s->held_most = HELD_ALL / (ptrdiff_t)s->n_runs;
	if (s->held_most > HELD)
		s->held_most = HELD;
	s->heap = mem_array(s->n_runs, sizeof(*s->heap));
	if (s->heap == NULL)
		return error_memory(err);
	for (i = 0; i < s->n_runs; i++) {
		s->runs[i].p = s->map.data.p + s->runs[i].start;
		s->runs[i].held = s->runs[i].p;
		s->runs[i].stop = s->map.data.p + s->runs[i].end;
		s->heap[i] = i;
		if ((rc = check_row(s, &s->runs[i], err)))
			return rc;
	}
	s->n_heap = s->n_runs;
	for (i = s->n_heap / 2; i-- > 0;)
		sift(s, i);
	return 0;
}

/* Once there are runs the last rows are one too, also where memory would do:
 * rows that lie one behind the other are read faster than those of a batch. */
int sort_finish(struct sort *s, struct error *err)
{
	struct batch *b = s->filling;
	int rc = 0;

	if (s->spilling == NULL)
		return b->in_order || s->keep_order ? 0 : sort_batch(b, err);
	if (b->n > 0)
		rc = stage_give(s->spilling, b, true, err);
	if (rc || (rc = stage_finish(s->spilling, err)))
		return rc;
	return open_runs(s, err);
}

int sort_next(struct sort *s, struct bytes *row, struct error *err)
{
	const char *p;
	struct run *r;
	int rc;

	if (s->spilling == NULL) {
		if ((p = next_of_batch(s->filling)) == NULL)
			return 0;
		*row = row_at(p);
		return 1;
	}
	if (s->n_heap == 0)
		return 0;
	r = &s->runs[s->heap[0]];
	if (r->p - r->held > s->held_most) {
		file_map_let_go(
		    (struct bytes){ r->held, (size_t)(r->p - r->held) });
		r->held = r->p;
	}
	*row = row_at(r->p);
	r->p += HEAD + row->n;
	if (r->p == r->stop)
		s->heap[0] = s->heap[--s->n_heap];
	else if ((rc = check_row(s, r, err)))
		return rc;
	sift(s, 0);
	return 1;
}
