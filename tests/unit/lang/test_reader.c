/* Files read by many threads come to what one thread makes of them. */
#include "tests/unit/lang/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "runner/lang/reader.h"

enum {
	FILES = 3000
};

static const char *const lines[] = { "-- @include action/sql/sqlite\n",
	"@depend ./A as a\n", "@depend /x/B (one, 'two, three', four)\n",
	"-- @column n integer mg \"how much\"\n", "-- @unheard of\n",
	"-- @key a, b\n", "-- a comment\n", "\n", "/* more\n of it */\n",
	"@doc 'all of it' and more\n", "-- @include super\n", "@key\n" };

/* Some lines of a header and some of code, by a fixed seed. */
static const char *random_text(struct arena *a)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	int n = rand() % 9;

	buf_add_str(&b, "");
	while (n-- > 0)
		buf_add_str(&b, lines[(size_t)rand() % ARRAY_LEN(lines)]);
	for (n = rand() % 3; n > 0; n--)
		buf_printf(&b, "SELECT %d\n", rand() % 100);
	return arena_strdup(a, b.p);
}

static void assert_same_args(const struct directive_arg *x,
    const struct directive_arg *y, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		assert_string_equal(x[i].text, y[i].text);
		assert_int_equal(x[i].col, y[i].col);
		assert_int_equal(x[i].is_quoted, y[i].is_quoted);
	}
}

static void assert_same(const struct scan *x, const struct scan *y)
{
	size_t i;

	assert_int_equal(x->is_ours, y->is_ours);
	if (!x->is_ours)
		return;
	assert_int_equal(x->n, y->n);
	assert_int_equal(x->n_errors, y->n_errors);
	assert_int_equal(x->body, y->body);
	assert_int_equal(x->body_line, y->body_line);
	assert_int_equal(x->has_body, y->has_body);
	for (i = 0; i < x->n; i++) {
		const struct directive *d = &x->directives[i];
		const struct directive *e = &y->directives[i];

		assert_int_equal(d->word, e->word);
		assert_int_equal(d->line, e->line);
		assert_int_equal(d->col, e->col);
		assert_int_equal(d->n, e->n);
		assert_int_equal(d->has_list, e->has_list);
		assert_int_equal(d->n_list, e->n_list);
		assert_same_args(d->args, e->args, d->n);
		assert_same_args(d->list, e->list, d->n_list);
	}
	for (i = 0; i < x->n_errors; i++) {
		assert_int_equal(x->errors[i].line, y->errors[i].line);
		assert_int_equal(x->errors[i].col, y->errors[i].col);
		assert_string_equal(x->errors[i].message, y->errors[i].message);
	}
}

/* A load of no more than a source, and files of it that are not read. */
struct fixture {
	struct arena a;
	struct memory_file *files;
	struct source *src;
	struct pipeline_options options;
	struct error err;
	struct load load;
};

static void set_up(struct fixture *x)
{
	char path[32];
	size_t i;

	*x = (struct fixture){ .options = { .keep_headers = true } };
	srand(7);
	x->files = arena_array(&x->a, FILES, sizeof(*x->files));
	for (i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "d%zu/N%zu.sql", i % 7, i);
		x->files[i].path = arena_strdup(&x->a, path);
		x->files[i].text = bytes_of(random_text(&x->a));
	}
	assert_int_equal(source_open_memory(x->files, FILES, &x->src, &x->err),
	    0);
	x->load = (struct load){ .a = &x->a,
		.src = x->src,
		.options = &x->options,
		.err = &x->err };
}

static void tear_down(struct fixture *x)
{
	source_close(x->src);
	arena_clear(&x->load.work);
	arena_clear(&x->a);
}

static struct text_file **unread(struct fixture *x)
{
	struct text_file **out = arena_array(&x->a, FILES, sizeof(*out));
	size_t i;

	for (i = 0; i < FILES; i++) {
		out[i] = arena_alloc(&x->a, sizeof(**out));
		out[i]->place = x->files[i].path;
	}
	return out;
}

static void test_threads_agree_with_one(void **state)
{
	struct text_file **one, **many, **plain;
	struct fixture x;
	size_t i;

	(void)state;
	set_up(&x);
	one = unread(&x);
	many = unread(&x);
	plain = unread(&x);
	assert_int_equal(reader_scan(&x.load, one, FILES, 1), 0);
	assert_int_equal(reader_scan(&x.load, many, FILES, 4), 0);
	for (i = 0; i < FILES; i++) {
		struct bytes text = x.files[i].text;

		/* and both with a scan that nothing was copied from */
		assert_int_equal(scan(&x.a, text, &plain[i]->scan, NULL), 0);
		assert_same(&plain[i]->scan, &one[i]->scan);
		assert_same(&plain[i]->scan, &many[i]->scan);
		if (!plain[i]->scan.is_ours)
			continue;
		assert_true(bytes_eq(one[i]->header, many[i]->header));
		assert_true(bytes_eq(one[i]->body, many[i]->body));
		assert_int_equal(one[i]->header.n + one[i]->body.n, text.n);
		assert_memory_equal(one[i]->body.p,
		    text.p + plain[i]->scan.body, one[i]->body.n);
	}
	tear_down(&x);
}

static void test_the_first_that_cannot_be_read_is_told(void **state)
{
	struct text_file **files;
	struct fixture x;
	size_t threads;

	(void)state;
	set_up(&x);
	for (threads = 1; threads <= 4; threads += 3) {
		files = unread(&x);
		files[FILES / 2]->place = "d0/gone.sql";
		files[FILES - 1]->place = "d0/gone-too.sql";
		x.err = (struct error){ 0 };
		assert_int_equal(reader_scan(&x.load, files, FILES, threads),
		    ERROR_NOT_FOUND);
		assert_non_null(strstr(x.err.msg, "d0/gone.sql"));
	}
	tear_down(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_agree_with_one),
		cmocka_unit_test(test_the_first_that_cannot_be_read_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
