/* sqlite_image: see sqlite_image.h. */
#include "runner/sqlite_image.h"

#include <string.h>

#include "cache/base/mem.h"

enum {
	PAGE = SQLITE_PAGE,
	GROWTH = 1 << 20,
	VARINT_MOST = 9,
	LEAF = 0x0d, /* kinds of pages of a table */
	INTERIOR = 0x05,
	LEAF_HEAD = 8,
	INTERIOR_HEAD = 12,
	POINTER = 2, /* to a cell */
	LOCAL_MOST = PAGE - 35, /* bytes of a row in its leaf */
	LOCAL_LEAST = (PAGE - 12) * 32 / 255 - 23,
	CHAINED = PAGE - 4, /* bytes of a row in a page of its own */
	/* children of an interior page, whatever their rowids take */
	CHILDREN = (PAGE - INTERIOR_HEAD) / (POINTER + 4 + VARINT_MOST),
	TEXT = 13, /* serial types of a record: TEXT + 2 * length */
	REAL = 7,
	ZERO = 8, /* integers without bytes */
	ONE = 9,
	AT_PAGE_SIZE = 16, /* places in the database's head */
	AT_RESERVED = 20,
	AT_PAGES = 28,
	AT_VACUUM = 52,
};

/* A page, and the rowid of the last row below it. */
struct child {
	uint32_t page;
	uint64_t last;
};

struct sqlite_tree {
	struct sqlite_image *image;
	uint32_t root;
	uint64_t rows;
	struct child *children; /* of the level at hand */
	size_t n, cap;
	unsigned char leaf[PAGE]; /* the one that is being filled */
	size_t cells, start; /* in it; where their bytes begin */
	struct buf head, body; /* of the record at hand */
};

static void put_16(unsigned char *p, size_t v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static void put_32(unsigned char *p, uint32_t v)
{
	put_16(p, v >> 16);
	put_16(p + 2, v);
}

static char *put_long_varint(char *out, uint64_t v)
{
	char bytes[VARINT_MOST], *p = bytes + VARINT_MOST;

	if (v >> 56 != 0) {
		int i;

		out[8] = (char)v;
		v >>= 8;
		for (i = 7; i >= 0; i--, v >>= 7)
			out[i] = (char)(v | 0x80);
		return out + VARINT_MOST;
	}
	for (*--p = (char)(v & 0x7f); (v >>= 7) != 0;)
		*--p = (char)(v | 0x80);
	memcpy(out, p, (size_t)(bytes + VARINT_MOST - p));
	return out + (bytes + VARINT_MOST - p);
}

/* Seven bits a byte, the highest first; the ninth byte has eight. */
static char *put_varint(char *out, uint64_t v)
{
	if (v >= 0x4000)
		return put_long_varint(out, v);
	if (v >= 0x80)
		*out++ = (char)(v >> 7 | 0x80);
	*out++ = (char)(v & 0x7f);
	return out;
}

int sqlite_image_open(struct sqlite_image *image, sqlite3 *db,
    const char *schema, bool *is_fit)
{
	sqlite3_int64 n = 0;

	*is_fit = false;
	image->pages = sqlite3_serialize(db, schema, &n, 0);
	if (image->pages == NULL)
		return SQLITE_NOMEM;
	image->n = image->room = image->head = (sqlite3_uint64)n;
	*is_fit = n >= PAGE && n % PAGE == 0 &&
	    image->pages[AT_PAGE_SIZE] == PAGE >> 8 &&
	    image->pages[AT_PAGE_SIZE + 1] == (PAGE & 0xff) &&
	    image->pages[AT_RESERVED] == 0 &&
	    memcmp(image->pages + AT_VACUUM, "\0\0\0", 4) == 0;
	return SQLITE_OK;
}

void sqlite_image_clear(struct sqlite_image *image)
{
	size_t i;

	for (i = 0; i < image->n_files; i++)
		file_map_clear(&image->files[i].map);
	mem_free(image->files);
	sqlite3_free(image->pages);
	*image = (struct sqlite_image){ 0 };
}

/* A single leaf is copied: it is the table's root. */
static size_t in_place(const struct sqlite_leaves *f)
{
	return f->n > 1 ? (size_t)f->n * PAGE : 0;
}

int sqlite_image_add_file(struct sqlite_image *image, int fd, uint64_t bytes)
{
	struct sqlite_leaves *more = mem_grow(image->files, image->n_files,
	    &image->cap_files, sizeof(*more));

	if (more == NULL)
		return SQLITE_NOMEM;
	image->files = more;
	more += image->n_files;
	*more = (struct sqlite_leaves){ .fd = fd };
	if (file_map_fd(fd, &more->map, NULL))
		return SQLITE_IOERR;
	image->n_files++;
	if (more->map.data.n != bytes || bytes % PAGE != 0 || bytes == 0 ||
	    bytes / PAGE > INT32_MAX)
		return SQLITE_CORRUPT;
	more->first = (uint32_t)((image->n + image->in_files) / PAGE) + 1;
	more->n = (uint32_t)(bytes / PAGE) - 1;
	image->in_files += in_place(more);
	return SQLITE_OK;
}

/* All pages in one piece of memory, in their order; those of files are mapped.
 */
static int join(const struct sqlite_image *image, struct file_map *room)
{
	sqlite3_uint64 at = image->head;
	char *base;
	size_t i;

	if (file_map_room(image->n + image->in_files, room, NULL))
		return SQLITE_NOMEM;
	base = room->base;
	memcpy(base, image->pages, image->head);
	memcpy(base + image->head + image->in_files, image->pages + image->head,
	    image->n - image->head);
	for (i = 0; i < image->n_files; i++) {
		const struct sqlite_leaves *f = &image->files[i];
		size_t bytes = in_place(f);

		if (bytes > 0 &&
		    file_map_at(room, at, f->fd, PAGE, bytes, NULL))
			return SQLITE_IOERR;
		at += bytes;
	}
	return SQLITE_OK;
}

int sqlite_image_give(struct sqlite_image *image, sqlite3 *db,
    const char *schema, struct file_map *room)
{
	sqlite3_int64 n = (sqlite3_int64)(image->n + image->in_files);
	unsigned flags = SQLITE_DESERIALIZE_READONLY;
	unsigned char *pages = image->pages;
	int rc = SQLITE_OK;

	put_32(pages + AT_PAGES, (uint32_t)(n / PAGE));
	if (image->n_files > 0) {
		rc = join(image, room);
		pages = room->base;
	} else {
		flags |= SQLITE_DESERIALIZE_FREEONCLOSE;
		image->pages = NULL;
	}
	sqlite_image_clear(image);
	return rc ? rc : sqlite3_deserialize(db, schema, pages, n, n, flags);
}

/* The bytes of a page, which are counted from 1; of none that is a file's. */
static unsigned char *page_at(const struct sqlite_image *image, uint32_t page)
{
	sqlite3_uint64 at = (sqlite3_uint64)(page - 1) * PAGE;

	return image->pages + (at < image->head ? at : at - image->in_files);
}

/* One more page behind all others, of unknown bytes; NULL without memory. */
static unsigned char *add_page(struct sqlite_image *image, uint32_t *page)
{
	if (image->n + PAGE > image->room) {
		sqlite3_uint64 room = image->room + image->room / 4 + GROWTH;
		unsigned char *more = sqlite3_realloc64(image->pages, room);

		if (more == NULL)
			return NULL;
		image->pages = more;
		image->room = room;
	}
	image->n += PAGE;
	*page = (uint32_t)((image->n + image->in_files) / PAGE);
	return page_at(image, *page);
}

static void begin_leaf(struct sqlite_tree *t)
{
	memset(t->leaf, 0, PAGE);
	t->leaf[0] = LEAF;
	t->cells = 0;
	t->start = PAGE;
}

int sqlite_tree_open(struct sqlite_image *image, uint32_t root,
    struct sqlite_tree **out)
{
	*out = mem_alloc(sizeof(**out));
	if (*out == NULL)
		return SQLITE_NOMEM;
	(*out)->image = image;
	(*out)->root = root;
	begin_leaf(*out);
	return SQLITE_OK;
}

void sqlite_tree_close(struct sqlite_tree *t)
{
	if (t == NULL)
		return;
	mem_free(t->children);
	buf_clear(&t->head);
	buf_clear(&t->body);
	mem_free(t);
}

void sqlite_tree_closep(struct sqlite_tree **t)
{
	sqlite_tree_close(*t);
	*t = NULL;
}

static bool add_child(struct sqlite_tree *t, uint32_t page)
{
	struct child *more =
	    mem_grow(t->children, t->n, &t->cap, sizeof(*more));

	if (more == NULL)
		return false;
	t->children = more;
	more[t->n++] = (struct child){ page, t->rows };
	return true;
}

static void end_leaf(struct sqlite_tree *t, unsigned char *page)
{
	put_16(t->leaf + 3, t->cells);
	put_16(t->leaf + 5, t->start);
	memcpy(page, t->leaf, PAGE);
	begin_leaf(t);
}

/* The leaf goes behind the others. */
static int write_leaf(struct sqlite_tree *t)
{
	uint32_t page;
	unsigned char *p = add_page(t->image, &page);

	if (p == NULL || !add_child(t, page))
		return SQLITE_NOMEM;
	end_leaf(t, p);
	return SQLITE_OK;
}

/* Its serial type; its bytes behind body. */
static uint64_t put_integer(int64_t v, char **body)
{
	/* bytes of the serial types 1 to 6 */
	static const int sizes[] = { 0, 1, 2, 3, 4, 6, 8 };
	uint64_t bits = v < 0 ? ~(uint64_t)v : (uint64_t)v;
	int type = 1, i;

	if (bits < 2 && v >= 0)
		return v ? ONE : ZERO;
	while (type < 6 && bits >> (8 * sizes[type] - 1) != 0)
		type++;
	for (i = sizes[type] - 1; i >= 0; i--)
		*(*body)++ = (char)((uint64_t)v >> 8 * i);
	return (uint64_t)type;
}

static void put_real(double v, char **body)
{
	uint64_t bits;
	int i;

	memcpy(&bits, &v, sizeof(bits));
	for (i = 7; i >= 0; i--)
		*(*body)++ = (char)(bits >> 8 * i);
}

static uint64_t put_cell(const struct sqlite_cell *c, char **body)
{
	switch (c->kind) {
	case CELL_INTEGER:
		return put_integer(c->integer, body);
	case CELL_REAL:
		put_real(c->real, body);
		return REAL;
	case CELL_TEXT:
		if (c->text.n > 0)
			memcpy(*body, c->text.p, c->text.n);
		*body += c->text.n;
		return TEXT + 2 * (uint64_t)c->text.n;
	default:
		return 0;
	}
}

/* The serial types, their length in front, into head; the values into body.
 * The length counts itself. */
static bool make_record(struct sqlite_tree *t, const struct sqlite_cell *cells,
    size_t n)
{
	char *body, *types, length[VARINT_MOST];
	size_t i, most = 0, n_types, n_length;

	for (i = 0; i < n; i++)
		most += cells[i].kind == CELL_TEXT ? cells[i].text.n : 8;
	buf_reset(&t->head);
	buf_reset(&t->body);
	if (!buf_reserve(&t->head, VARINT_MOST * (n + 1)) ||
	    !buf_reserve(&t->body, most + 1))
		return false;
	body = t->body.p;
	types = t->head.p + VARINT_MOST;
	for (i = 0; i < n; i++)
		types = put_varint(types, put_cell(&cells[i], &body));
	n_types = (size_t)(types - t->head.p) - VARINT_MOST;
	n_length = (size_t)(put_varint(length, n_types + 1) - length);
	n_length = (size_t)(put_varint(length, n_types + n_length) - length);
	memcpy(t->head.p, length, n_length);
	memmove(t->head.p + n_length, t->head.p + VARINT_MOST, n_types);
	t->head.n = n_length + n_types;
	t->body.n = (size_t)(body - t->body.p);
	return true;
}

/* What does not fit the leaf: a chain of pages, of which *first is the first.
 */
static int put_overflow(struct sqlite_tree *t, struct bytes rest,
    uint32_t *first)
{
	uint32_t page = 0, before = 0;

	*first = 0;
	while (rest.n > 0) {
		unsigned char *p = add_page(t->image, &page);
		size_t n = rest.n < CHAINED ? rest.n : CHAINED;

		if (p == NULL)
			return SQLITE_NOMEM;
		memset(p, 0, PAGE);
		memcpy(p + 4, rest.p, n);
		if (before > 0)
			put_32(page_at(t->image, before), page);
		else
			*first = page;
		before = page;
		rest.p += n;
		rest.n -= n;
	}
	return SQLITE_OK;
}

/* How much of a row of so many bytes is in its leaf (fileformat2, 1.6). */
static size_t local_of(size_t n)
{
	size_t k = LOCAL_LEAST + (n - LOCAL_LEAST) % CHAINED;

	if (n <= LOCAL_MOST)
		return n;
	return k <= LOCAL_MOST ? k : LOCAL_LEAST;
}

/* A cell of the leaf, of which head is given and local bytes of the record. */
static int put_row(struct sqlite_tree *t, struct bytes head, size_t local,
    uint32_t overflow)
{
	size_t n = head.n + local + (overflow ? 4 : 0), part;
	unsigned char *p;
	int rc;

	if (n < 4)
		n = 4;
	if (LEAF_HEAD + POINTER * (t->cells + 1) + n > t->start &&
	    (rc = write_leaf(t)) != 0)
		return rc;
	t->start -= n;
	put_16(t->leaf + LEAF_HEAD + POINTER * t->cells++, t->start);
	p = t->leaf + t->start;
	memcpy(p, head.p, head.n);
	p += head.n;
	part = t->head.n < local ? t->head.n : local;
	memcpy(p, t->head.p, part);
	memcpy(p + part, t->body.p, local - part);
	if (overflow)
		put_32(p + local, overflow);
	return SQLITE_OK;
}

int sqlite_tree_add(struct sqlite_tree *t, const struct sqlite_cell *cells,
    size_t n)
{
	char head[2 * VARINT_MOST], *end;
	uint32_t overflow = 0;
	size_t size, local;
	int rc = 0;

	if (!make_record(t, cells, n))
		return SQLITE_NOMEM;
	size = t->head.n + t->body.n;
	if (size > INT32_MAX)
		return SQLITE_TOOBIG;
	local = local_of(size);
	end = put_varint(put_varint(head, size), t->rows + 1);
	if (local < size && t->root == 0)
		return SQLITE_TOOBIG;
	if (local < size) {
		buf_add(&t->head, t->body.p, t->body.n);
		if (t->head.failed)
			return SQLITE_NOMEM;
		rc = put_overflow(t,
		    (struct bytes){ t->head.p + local, size - local },
		    &overflow);
	}
	if (rc == 0)
		rc = put_row(t, (struct bytes){ head, (size_t)(end - head) },
		    local, overflow);
	t->rows++;
	return rc;
}

/* Each child but the last is a cell, with its last rowid. */
static void put_interior(unsigned char *page, const struct child *c, size_t n)
{
	size_t i, start = PAGE;

	memset(page, 0, PAGE);
	page[0] = INTERIOR;
	for (i = 0; i + 1 < n; i++) {
		char rowid[VARINT_MOST];
		size_t len = (size_t)(put_varint(rowid, c[i].last) - rowid);

		start -= 4 + len;
		put_32(page + start, c[i].page);
		memcpy(page + start + 4, rowid, len);
		put_16(page + INTERIOR_HEAD + POINTER * i, start);
	}
	put_16(page + 3, n - 1);
	put_16(page + 5, start);
	put_32(page + 8, c[n - 1].page);
}

/* The children's parents take their places; none has a single child. */
static int add_level(struct sqlite_tree *t)
{
	size_t i, k, n = 0;

	for (i = 0; i < t->n; i += k) {
		uint32_t page;
		unsigned char *p = add_page(t->image, &page);

		if (p == NULL)
			return SQLITE_NOMEM;
		k = t->n - i < CHILDREN ? t->n - i : CHILDREN;
		k -= t->n - i - k == 1;
		put_interior(p, t->children + i, k);
		t->children[n++] =
		    (struct child){ page, t->children[i + k - 1].last };
	}
	t->n = n;
	return SQLITE_OK;
}

int sqlite_tree_finish(struct sqlite_tree *t)
{
	int rc = 0;

	if (t->n == 0) {
		end_leaf(t, page_at(t->image, t->root));
		return SQLITE_OK;
	}
	if (t->cells > 0)
		rc = write_leaf(t);
	while (rc == 0 && t->n > CHILDREN)
		rc = add_level(t);
	if (rc == 0)
		put_interior(page_at(t->image, t->root), t->children, t->n);
	return rc;
}

static size_t get_16(const unsigned char *p)
{
	return (size_t)p[0] << 8 | p[1];
}

int sqlite_tree_add_file(struct sqlite_tree *t, size_t file, uint64_t rows)
{
	const struct sqlite_leaves *f = &t->image->files[file];
	const char *leaf = f->map.data.p + PAGE;
	uint32_t i;

	for (i = 0; i < f->n; i++, leaf += PAGE) {
		unsigned char head[LEAF_HEAD];

		memcpy(head, leaf, LEAF_HEAD);
		if (head[0] != LEAF || get_16(head + 3) == 0)
			return SQLITE_CORRUPT;
		t->rows += get_16(head + 3);
		if (f->n == 1) {
			memcpy(t->leaf, leaf, PAGE);
			t->cells = get_16(head + 3);
			t->start = get_16(head + 5);
		} else if (!add_child(t, f->first + i)) {
			return SQLITE_NOMEM;
		}
	}
	return t->rows == rows ? SQLITE_OK : SQLITE_CORRUPT;
}

int sqlite_tree_take(struct sqlite_tree *t, bool is_last, struct bytes *out)
{
	int rc = is_last && t->cells > 0 ? write_leaf(t) : SQLITE_OK;
	union {
		const unsigned char *pages;
		const char *bytes;
	} u = { t->image->pages };

	*out = (struct bytes){ u.bytes, t->image->n };
	t->image->n = 0;
	t->n = 0;
	return rc;
}
