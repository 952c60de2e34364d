/* screen: see screen.h. */
#include "runner/cmd/screen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

enum {
	WIDTH_MOST = 50
};

/* What stands in a place of the screen: always a line, never an escape. */
struct shown {
	char *text;
	size_t width;
};

struct screen {
	struct shown *cells; /* names, types, then rows */
	size_t n_columns, n, cap;
	size_t *widths;
	bool *right; /* numbers */
};

static void screen_clear(struct screen *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		mem_free(s->cells[i].text);
	mem_free(s->cells);
	mem_free(s->widths);
	mem_free(s->right);
}

/* The first WIDTH_MOST characters. */
static void shorten(char *text)
{
	size_t n = 0;
	char *p;

	if (text_width(text) <= WIDTH_MOST)
		return;
	for (p = text; *p != '\0'; p++) {
		n += ((unsigned char)*p & 0xc0) != 0x80;
		if (n == WIDTH_MOST - 2)
			break;
	}
	snprintf(p, 4, "...");
}

static int add_cell(struct screen *s, struct bytes text, struct error *err)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct shown *more = mem_grow(s->cells, s->n, &s->cap, sizeof(*more));
	struct shown *cell;
	size_t column = s->n % s->n_columns;

	if (more == NULL)
		return error_memory(err);
	s->cells = more;
	cell = more + s->n;
	text_add_visible(&b, text);
	cell->text = buf_steal(&b);
	if (cell->text == NULL)
		return error_memory(err);
	shorten(cell->text);
	cell->width = text_width(cell->text);
	if (cell->width > s->widths[column])
		s->widths[column] = cell->width;
	s->n++;
	return 0;
}

static bool is_number(const struct type *t)
{
	return t->kind == TYPE_INTEGER || t->kind == TYPE_REAL ||
	    t->kind == TYPE_DECIMAL;
}

static int add_head(struct screen *s, const struct table *t, struct error *err)
{
	size_t i;
	int rc = 0;

	s->n_columns = t->n_columns;
	s->widths = mem_array(t->n_columns, sizeof(*s->widths));
	s->right = mem_array(t->n_columns, sizeof(*s->right));
	if (s->widths == NULL || s->right == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < t->n_columns; i++) {
		s->right[i] = is_number(&t->columns[i].type);
		rc = add_cell(s, bytes_of(t->columns[i].name), err);
	}
	for (i = 0; rc == 0 && i < t->n_columns; i++) {
		char type[64];

		type_print(&t->columns[i].type, type, sizeof(type));
		rc = add_cell(s, bytes_of(type), err);
	}
	return rc;
}

/* NULL is an empty place, the empty text is "", as in the file. */
static int add_row(struct screen *s, const struct field *f, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->n_columns; i++) {
		if (f[i].n == 0)
			rc =
			    add_cell(s, bytes_of(f[i].null ? "" : "\"\""), err);
		else
			rc = add_cell(s, (struct bytes){ f[i].p, f[i].n }, err);
	}
	return rc;
}

static void put_blanks(size_t n)
{
	while (n-- > 0)
		putchar(' ');
}

static void print_line(const struct screen *s, size_t row)
{
	size_t i;

	for (i = 0; i < s->n_columns; i++) {
		const struct shown *c = &s->cells[row * s->n_columns + i];
		size_t blanks = s->widths[i] - c->width;

		if (i > 0)
			put_blanks(2);
		if (s->right[i])
			put_blanks(blanks);
		fputs(c->text, stdout);
		if (!s->right[i] && i + 1 < s->n_columns)
			put_blanks(blanks);
	}
	putchar('\n');
}

static void print_rule(const struct screen *s)
{
	size_t i, k;

	for (i = 0; i < s->n_columns; i++) {
		if (i > 0)
			put_blanks(2);
		for (k = 0; k < s->widths[i]; k++)
			putchar('-');
	}
	putchar('\n');
}

int screen_rows(struct store *st, const struct table *t, uint64_t most,
    struct error *err)
{
	CLEANUP(screen_clear) struct screen s = { 0 };
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *f;
	uint64_t n = 0;
	size_t i;
	int rc = add_head(&s, t, err);

	if (rc || (rc = table_reader_open(st, t, &r, err)))
		return rc;
	while (n < most && (rc = table_reader_next(r, &f, err)) > 0) {
		rc = add_row(&s, f, err);
		if (rc)
			return rc;
		n++;
	}
	if (rc < 0)
		return rc;
	print_line(&s, 0);
	print_line(&s, 1);
	print_rule(&s);
	for (i = 2; i < s.n / s.n_columns; i++)
		print_line(&s, i);
	if (n < t->rows)
		printf("(%" PRIu64 " of %" PRIu64 " rows; -n shows more)\n", n,
		    t->rows);
	else
		printf("(%" PRIu64 " row%s)\n", n, n == 1 ? "" : "s");
	return 0;
}

static bool is_key(const struct table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n_key; i++)
		if (strcmp(t->key[i], name) == 0)
			return true;
	return false;
}

int screen_schema(const struct table *t, struct error *err)
{
	CLEANUP(screen_clear) struct screen s = { .n_columns = 3 };
	size_t i;
	int rc = 0;

	s.widths = mem_array(3, sizeof(*s.widths));
	s.right = mem_array(3, sizeof(*s.right));
	if (s.widths == NULL || s.right == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];
		char type[64], more[TYPE_AS + 8];

		type_print(&c->type, type, sizeof(type));
		snprintf(more, sizeof(more), "%s%s%s", c->type.as,
		    c->type.as[0] && is_key(t, c->name) ? " " : "",
		    is_key(t, c->name) ? "key" : "");
		if ((rc = add_cell(&s, bytes_of(c->name), err)) ||
		    (rc = add_cell(&s, bytes_of(type), err)) ||
		    (rc = add_cell(&s, bytes_of(more), err)))
			return rc;
	}
	for (i = 0; i < t->n_columns; i++)
		print_line(&s, i);
	return rc;
}
