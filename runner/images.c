/* images: see images.h. */
#include "runner/images.h"

#include <string.h>
#include <unistd.h>

#include "cache/base/text.h"
#include "cache/store_derived.h"
#include "runner/sqlite_job.h"

enum {
	LEAST =
	    1 << 20, /* bytes of parts: below, an image saves a node little */
	PIECE = 1 << 20, /* of leaves that are written at once */
	SHARE = 10, /* of what is free on the disk: one part in so many */
	ROWS_BETWEEN_LOOKS = 1 << 12, /* at whether it is wanted still */
};

static const char form[] = "sqlite";

/* Beside it: whether the same was read before, or has no image. */
static const char noted[] = "sqlite-read";
static const char once[] = "once", never[] = "never";

/* What an image is of: columns of a table, in the order they are given. */
struct source {
	struct store *st;
	const struct table *table;
	const struct digest *digests; /* as columns */
	const size_t *columns;
	size_t n;
	const atomic_bool *cancelled;
};

/* What is read of an input; false where that is not known, or little. */
static bool find_source(const struct plan_job *pj, size_t input,
    struct arena *a, struct source *out)
{
	const struct job_input *in = &pj->job.inputs[input];
	const struct plan_view *view = &pj->views[input];
	size_t i, n = in->table->n_columns;
	struct digest *digests = arena_array(a, n, sizeof(*digests));
	size_t *columns = arena_array(a, n, sizeof(*columns));

	out->table = view->is_used ? view->full : in->table;
	if (in->read == NULL || out->table->bytes < LEAST || digests == NULL ||
	    columns == NULL)
		return false;
	for (i = 0, out->n = 0; i < n; i++) {
		if (!in->read[i])
			continue;
		digests[out->n] = in->digests[i];
		columns[out->n++] = view->is_used ? view->columns[i] : i;
	}
	out->digests = digests;
	out->columns = columns;
	return true;
}

static json_t *column_json(const struct source *s, size_t i)
{
	struct type type = s->table->columns[s->columns[i]].type;
	char text[64];

	type.as[0] = '\0'; /* another engine's name for it */
	type_print(&type, text, sizeof(text));
	return json_pack("{s:o,s:s}", "digest", json_digest(&s->digests[i]),
	    "type", text);
}

/* The image's name. */
static int name_source(const struct source *s, struct digest *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	json_t *columns = json_array();
	json_auto_t *o = json_pack("{s:o,s:s,s:I}", "columns", columns,
	    "format", "sluice-sqlite/1", "rows", (json_int_t)s->table->rows);
	size_t i;
	int rc;

	if (o == NULL)
		return error_memory(err);
	for (i = 0; i < s->n; i++)
		if (json_array_append_new(columns, column_json(s, i)))
			return error_memory(err);
	rc = json_print(o, &text, err);
	return rc ? rc : digest_of(buf_bytes(&text), out, err);
}

/* An image that is being made. */
struct making {
	const struct source *source;
	struct sqlite_job job; /* for what a value that has none is told */
	struct sqlite_image image;
	struct sqlite_tree *tree;
	struct sqlite_cell *cells;
	struct store_form *form;
};

static void making_clear(struct making *m)
{
	store_form_close(m->form);
	mem_free(m->cells);
	sqlite_tree_close(m->tree);
	sqlite_image_clear(&m->image);
}

static int write_leaves(struct making *m, bool is_last, struct error *err)
{
	struct bytes leaves;

	if (sqlite_tree_take(m->tree, is_last, &leaves))
		return error_memory(err);
	return store_form_add(m->form, leaves, err);
}

/* ERROR_NODE: there is no image with this row. */
static int add_row(struct making *m, const struct engine_rows *rows,
    struct error *err)
{
	const struct source *s = m->source;
	size_t i, n = 0;
	int rc;

	for (; n < s->n; n++)
		if (sqlite_part_cell(&m->job, rows, s->columns[n],
		        &m->cells[n]))
			return error_set(err, ERROR_NODE, "a value has none");
	if (n == 0)
		m->cells[n++].kind = CELL_NULL;
	rc = sqlite_tree_add(m->tree, m->cells, n);
	if (rc)
		return error_set(err,
		    rc == SQLITE_TOOBIG ? ERROR_NODE : ERROR_MEMORY,
		    "a row is too long");
	i = rows->row % ROWS_BETWEEN_LOOKS;
	if (i == 0 && s->cancelled != NULL && atomic_load(s->cancelled))
		return error_set(err, ERROR_CANCELLED, "cancelled");
	return m->image.n < PIECE ? 0 : write_leaves(m, false, err);
}

/* One part after another, so that one is open at a time. */
static int add_part(struct making *m, const struct table_part *from,
    struct error *err)
{
	CLEANUP(engine_rows_clear) struct engine_rows rows = { 0 };
	CLEANUP(fd_close) int fd = -1;
	struct engine_part part = { from->bytes, from->rows, -1 };
	const struct engine_input in = { .name = "",
		.columns = m->source->table->columns,
		.n_columns = m->source->table->n_columns,
		.parts = &part,
		.n_parts = 1 };
	int rc = store_open_blob(m->source->st, &from->blob, &fd, err);

	part.fd = fd;
	if (rc || (rc = engine_rows_open(&rows, &in, err)))
		return rc;
	while ((rc = engine_rows_next(&rows, err)) > 0)
		if ((rc = add_row(m, &rows, err)))
			return rc;
	return rc;
}

static int write_image(struct making *m, struct error *err)
{
	static const char first[SQLITE_PAGE - STORE_FORM_AT] = { 0 };
	const struct table *t = m->source->table;
	size_t i;
	int rc = store_form_add(m->form, (struct bytes){ first, sizeof(first) },
	    err);

	for (i = 0; rc == 0 && i < t->n_parts; i++)
		rc = add_part(m, &t->parts[i], err);
	if (rc || (rc = write_leaves(m, true, err)))
		return rc;
	return store_form_commit(m->form, err);
}

/* Room for it, others having gone for it; false where there is none. */
static bool make_room(const struct source *s)
{
	/* no value takes more than its text and 8 bytes, and none of a row's
	 * heads more than 2 a column and 16 */
	uint64_t most = s->table->bytes + s->table->rows * (16 + 10 * s->n);
	uint64_t room;

	if (file_free_bytes(store_dir(s->st), &room, NULL))
		return false;
	room /= SHARE;
	return most <= room &&
	    store_derived_trim(s->st, form, room - most, NULL) == 0;
}

static int make_image(const struct source *s, const struct digest *id,
    struct error *err)
{
	CLEANUP(making_clear) struct making m = { .source = s };
	int rc = store_form_open(s->st, id, form, &m.form, err);

	if (rc)
		return rc;
	m.cells = mem_array(s->n + 1, sizeof(*m.cells));
	if (m.cells == NULL || sqlite_tree_open(&m.image, 0, &m.tree))
		return error_memory(err);
	return write_image(&m, err);
}

/* Whether the same was read before. That it is now is noted, too. */
static bool is_read_again(const struct source *s, const struct digest *id)
{
	CLEANUP(buf_clear) struct buf text = { 0 };

	if (store_derived_get(s->st, id, noted, &text, NULL)) {
		store_derived_put(s->st, id, noted, bytes_of(once), NULL);
		return false;
	}
	return text.n == strlen(once) && memcmp(text.p, once, text.n) == 0;
}

static void open_image(const struct source *s, struct image *out)
{
	struct digest id;
	int rc;

	if (name_source(s, &id, NULL))
		return;
	if (store_derived_open(s->st, &id, form, &out->fd, &out->bytes, NULL)) {
		if (!is_read_again(s, &id) || !make_room(s))
			return;
		rc = make_image(s, &id, NULL);
		if (rc == ERROR_NODE)
			store_derived_put(s->st, &id, noted, bytes_of(never),
			    NULL);
		if (rc ||
		    store_derived_open(s->st, &id, form, &out->fd, &out->bytes,
		        NULL))
			return;
	}
	out->bytes += STORE_FORM_AT;
	store_derived_keep(s->st, &id, form);
	store_derived_keep(s->st, &id, noted);
}

/* What is not an image is held in memory, beside them. */
static bool is_rest_small(const struct plan_job *pj, const struct image *images)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < pj->job.node->n_inputs; i++) {
		const struct plan_view *view = &pj->views[i];

		if (images[i].fd < 0)
			bytes += view->is_used ? view->full->bytes
			                       : pj->job.inputs[i].table->bytes;
	}
	return bytes <=
	    sqlite_memory_for_inputs((uint64_t)pj->job.node->memory_bytes);
}

/* Whether the code makes an index of an input, or of what has its name; also
 * where it is no code. */
static bool makes_index(const struct node *node, struct arena *a)
{
	struct sql_body body = { 0 };
	size_t i, at;

	if (!text_has_word(node->body, "index"))
		return false;
	if (sqlite_body_parse(a, node->body, &body, &at, NULL))
		return true;
	for (i = 0; i < node->n_inputs; i++) {
		const char *name = node->inputs[i].name;
		const char *dot = strchr(name, '.');

		if (sqlite_body_indexes(&body, name) ||
		    (dot != NULL && sqlite_body_indexes(&body, dot + 1)))
			return true;
	}
	return false;
}

void images_open(struct store *st, const struct plan_job *pj,
    const atomic_bool *cancelled, struct image *out)
{
	const struct node *node = pj->job.node;
	CLEANUP(arena_clear) struct arena a = { 0 };
	bool is_possible = strcmp(pj->job.action->engine, "sqlite") == 0 &&
	    !pj->is_varied && !pj->is_stirred && !pj->is_plain &&
	    sysconf(_SC_PAGESIZE) == SQLITE_PAGE && !makes_index(node, &a);
	size_t i;

	for (i = 0; i < node->n_inputs; i++) {
		struct source s = { .st = st, .cancelled = cancelled };

		out[i] = (struct image){ .fd = -1 };
		if (is_possible && find_source(pj, i, &a, &s))
			open_image(&s, &out[i]);
	}
	if (!is_rest_small(pj, out))
		for (i = 0; i < node->n_inputs; i++)
			fd_close(&out[i].fd);
}
