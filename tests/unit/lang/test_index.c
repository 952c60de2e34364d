/* index: what it answers is what changes_make() says of the two pipelines. */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/lang/index_impl.h"
#include "tests/unit/cmocka_all.h"

#define MAKER "test"

/* A text of the random pipeline below: files, each with what in it varies. */
enum {
	MAX_FILES = 40,
	ROUNDS = 3000,
};

struct side {
	struct memory_file files[MAX_FILES];
	size_t n;
	struct arena a;
	struct source *source;
	struct pipeline *p;
};

/*
 * The random pipeline: a library with a parameter, mounted twice, a node and a
 * helper of it overridden at one mount; a body that two nodes share; a union;
 * a node beside one that says the same. Each knob is a number in some file.
 * Those up to LAST_CODE are code, comments, cells and words: with them alone
 * the index has to know the answer.
 */
enum knob {
	BASE_CELL, /* base.csv */
	BASE_COMMENT, /* base, its directives */
	RAW_CELL, /* A/raw.csv */
	P_CODE,
	P_COMMENT,
	P_DOC,
	Q_CODE,
	Q_ORDER, /* with an ORDER BY that is warned of */
	Q_LIMIT, /* likewise */
	TWIN_CODE, /* of a node that says what Q says, or not */
	S_CODE,
	S_TAIL, /* blank lines at the end */
	MODULE, /* lib/_help/mod.py */
	MODULE_B, /* B/_help/mod.py */
	SHARED_CODE,
	OVER_CODE, /* B/P.sql */
	UNION_CODE,
	ACTION_COMMENT,
	GROUP_COMMENT,
	README, /* nobody's */
	LAST_CODE = README,
	P_USES_K, /* {{k}} in the code: known where it was there before */
	K_VALUE,
	SITE_B,
	Q_KEY,
	Q_READS_LOOKUP,
	ACTION_RUN,
	HAS_OVER,
	HAS_MODULE_B,
	HAS_EXTRA,
	EXTRA_ABSTRACT,
	BASE_KEY,
	S_NAME, /* it is S.py or T.py */
	USES_DATE,
	SHARING_CODE, /* it has code of its own, too */
	N_KNOBS
};

typedef unsigned state[N_KNOBS];

static uint32_t seed = 20261126;

static unsigned pick(unsigned n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

static void add(struct side *s, const char *path, struct buf *text)
{
	assert_true(s->n < MAX_FILES);
	s->files[s->n].path = path;
	s->files[s->n++].text =
	    (struct bytes){ arena_strndup(&s->a, buf_bytes(text).p, text->n),
		    text->n };
	buf_reset(text);
}

static void comments(struct buf *b, unsigned n)
{
	while (n-- > 0)
		buf_add_str(b, "-- words\n");
}

static void write_library(const unsigned *k, struct side *s, struct buf *b)
{
	comments(b, k[GROUP_COMMENT]);
	buf_printf(b, "@abstract\n@param site\n@param k:int %u\n", k[K_VALUE]);
	add(s, "lib/library", b);
	comments(b, k[P_COMMENT]);
	buf_printf(b,
	    "@include action/sql/sqlite\n@doc Word %u.\n@depend ./raw\n"
	    "SELECT %u, {{site}}\nFROM raw%s\n",
	    k[P_DOC], k[P_CODE], k[P_USES_K] ? " WHERE 1 < {{k}}" : "");
	add(s, "lib/P.sql", b);
	buf_add_str(b, "@include action/sql/sqlite\n@depend ./P\n");
	if (k[Q_KEY])
		buf_add_str(b, "@key a\n");
	if (k[Q_READS_LOOKUP])
		buf_add_str(b, "@depend /base\n");
	buf_printf(b, "SELECT %u AS a FROM P%s%s\n", k[Q_CODE],
	    k[Q_ORDER] ? " ORDER BY a" : "", k[Q_LIMIT] ? " LIMIT 3" : "");
	add(s, "lib/Q.sql", b);
	buf_printf(b,
	    "# @include /act/py\n# @file ./_help/mod.py\n# @depend ./Q\n"
	    "print(%u)\n%s",
	    k[S_CODE], k[S_TAIL] ? "\n\n" : "");
	add(s, k[S_NAME] ? "lib/T.py" : "lib/S.py", b);
	buf_printf(b, "x = %u\n", k[MODULE]);
	add(s, "lib/_help/mod.py", b);
}

static void write_mounts(const unsigned *k, struct side *s, struct buf *b)
{
	buf_add_str(b, "@include /lib site=a\n");
	add(s, "A/mount", b);
	buf_printf(b, "@include /lib site=b%u\n", k[SITE_B]);
	add(s, "B/mount", b);
	buf_printf(b, "a\n%u\n", k[RAW_CELL]);
	add(s, "A/raw.csv", b);
	buf_add_str(b, "a\n7\n");
	add(s, "B/raw.csv", b);
	if (k[HAS_OVER]) {
		buf_printf(b,
		    "@override\n@include action/sql/sqlite\n"
		    "@depend super as was\nSELECT %u FROM was\n",
		    k[OVER_CODE]);
		add(s, "B/P.sql", b);
	}
	if (k[HAS_MODULE_B]) {
		buf_printf(b, "x = %u\n", k[MODULE_B]);
		add(s, "B/_help/mod.py", b);
	}
}

static void write_rest(const unsigned *k, struct side *s, struct buf *b)
{
	comments(b, k[ACTION_COMMENT]);
	buf_printf(b, "@run python3%s {{@file}}\n@quote python\n",
	    k[ACTION_RUN] ? " -E" : "");
	add(s, "act/py", b);
	buf_printf(b, "a\n%u\n", k[BASE_CELL]);
	add(s, "base.csv", b);
	comments(b, k[BASE_COMMENT]);
	buf_add_str(b, "@doc A table.\n");
	if (k[BASE_KEY])
		buf_add_str(b, "@key a\n");
	add(s, "base", b);
	buf_printf(b,
	    "@include action/sql/sqlite\n@depend /A/P\n"
	    "SELECT %u AS a FROM P\n",
	    k[TWIN_CODE]);
	add(s, "Twin.sql", b);
	buf_printf(b,
	    "@include action/sql/sqlite\n@depend /base\n"
	    "SELECT %u FROM base%s\n",
	    k[SHARED_CODE], k[USES_DATE] ? ", {{@snapshot_date}}" : "");
	add(s, "Shared.sql", b);
	buf_add_str(b, "@include /Shared\n@key a\n");
	if (k[SHARING_CODE])
		buf_printf(b, "SELECT %u AS a FROM base\n", k[SHARING_CODE]);
	add(s, "Sharing", b);
	buf_printf(b,
	    "@include action/sql/sqlite\n@depend /*/Q as q\n"
	    "SELECT %u FROM q\n",
	    k[UNION_CODE]);
	add(s, "Union.sql", b);
	buf_printf(b, "Read me %u.\n", k[README]);
	add(s, "README.md", b);
	if (k[HAS_EXTRA]) {
		buf_add_str(b,
		    "@include action/sql/sqlite\n@depend /Union\n"
		    "SELECT 1 FROM Union\n");
		add(s, "extra/Extra.sql", b);
	}
	if (k[EXTRA_ABSTRACT]) {
		buf_add_str(b, "@abstract\n");
		add(s, "extra/library", b);
	}
}

static void open_side(const unsigned *k, struct side *s)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct error err = { 0 };
	char text[1024];

	*s = (struct side){ 0 };
	write_library(k, s, &b);
	write_mounts(k, s, &b);
	write_rest(k, s, &b);
	assert_int_equal(source_open_memory(s->files, s->n, &s->source, &err),
	    0);
	if (pipeline_load(s->source, NULL, &s->p, &err)) {
		error_print(&err, text, sizeof(text));
		fail_msg("%s", text);
	}
}

static void close_side(struct side *s)
{
	pipeline_free(s->p);
	source_close(s->source);
	arena_clear(&s->a);
}

/* All that is told of a change, a line each. */
static void print_changes(const struct changes *c, struct buf *b)
{
	size_t i;

	buf_printf(b, "%zu nodes, %zu added, %zu removed, %zu moved\n", c->n,
	    c->n_added, c->n_removed, c->n_moved);
	for (i = 0; i < c->n_changed; i++)
		buf_printf(b, "changed %s\n", changes_path(c, c->changed[i]));
	for (i = 0; i < c->n_affected; i++) {
		const struct node_change *one = &c->affected[i];

		buf_printf(b, "%s %s %s %s:%d\n", changes_path(c, one->node),
		    change_cause_name(one->cause), one->input ? one->input : "",
		    one->at.path ? one->at.path : "",
		    one->at.path ? one->at.line : 0);
	}
}

static void print_warnings(const struct pipeline *p, struct buf *b)
{
	size_t i;

	buf_reset(b);
	buf_add_str(b, "");
	for (i = 0; i < p->n_diagnostics; i++)
		diagnostic_print(&p->diagnostics[i], b);
}

static bool is_code_alone(const unsigned *base, const unsigned *head)
{
	unsigned i;

	for (i = LAST_CODE + 1; i < N_KNOBS; i++)
		if (base[i] != head[i])
			return false;
	return true;
}

static struct index *make(const struct side *s)
{
	struct index *x = NULL;
	struct error err = { 0 };

	assert_int_equal(index_make(s->p, "", MAKER, &x, &err), 0);
	return x;
}

/* The answer of an index where it has one, against the plain way's. */
static bool compare_answers(struct index *x, struct side *b, struct side *h,
    bool all)
{
	CLEANUP(changes_clear) struct changes by_index = { 0 }, plain = { 0 };
	CLEANUP(buf_clear) struct buf one = { 0 }, two = { 0 };
	bool known = false;
	size_t i;

	assert_int_equal(index_changes(x, b->source, h->source, all, &known,
	                     &by_index, NULL),
	    0);
	if (!known)
		return false;
	assert_int_equal(changes_make(b->p, h->p, &plain, NULL), 0);
	for (i = 0; !all && i < by_index.n_affected; i++)
		if (by_index.affected[i].at.path == NULL &&
		    i < plain.n_affected)
			by_index.affected[i].at = plain.affected[i].at;
	print_changes(&by_index, &one);
	print_changes(&plain, &two);
	assert_string_equal(one.p, two.p);
	if (all) {
		print_warnings(h->p, &two);
		assert_string_equal(index_warnings(x), two.p ? two.p : "");
	}
	return true;
}

/* Moved, it is the index that head's own would be. */
static void check_moved(struct index *x, struct side *b, struct side *h)
{
	CLEANUP(index_freep) struct index *own = make(h);
	bool known = false;
	size_t i, n = index_n(own);

	assert_int_equal(index_move(x, b->source, h->source, &known, NULL), 0);
	assert_true(known);
	assert_int_equal(index_n(x), n);
	assert_memory_equal(x->rest, own->rest, n * sizeof(*x->rest));
	assert_memory_equal(x->texts, own->texts, n * sizeof(*x->texts));
	assert_memory_equal(x->recipes, own->recipes, n * sizeof(*x->recipes));
	assert_memory_equal(x->helpers, own->helpers,
	    own->head->n_helpers * sizeof(*x->helpers));
	for (i = 0; i < n; i++) {
		assert_string_equal(index_path(x, i), index_path(own, i));
		assert_true(index_has_recipe(x, &own->recipes[i]));
	}
	if (index_warnings(x) != NULL)
		assert_string_equal(index_warnings(x), index_warnings(own));
}

static void turn(unsigned *k, unsigned first, unsigned n)
{
	k[first + pick(n)] = pick(3);
}

static void test_random_edits(void **state_)
{
	struct side base = { 0 }, head;
	struct index *x = NULL;
	state was = { 0 }, is;
	unsigned i, k, known = 0, moved = 0;

	(void)state_;
	print_message("seed %u\n", seed);
	for (i = 0; i < ROUNDS; i++) {
		bool answers;

		if (i % 50 == 0) {
			for (k = 0; k < N_KNOBS; k++)
				was[k] = pick(2);
			index_free(x);
			close_side(&base);
			open_side(was, &base);
			x = make(&base);
		}
		memcpy(is, was, sizeof(is));
		for (k = 1 + pick(3); k > 0; k--)
			turn(is, 0, pick(4) ? LAST_CODE + 1 : N_KNOBS);
		open_side(is, &head);
		answers = compare_answers(x, &base, &head, false);
		assert_true(answers || !is_code_alone(was, is));
		known += compare_answers(x, &base, &head, true);
		/* from the same index to many heads, and along a line */
		if (answers && pick(2)) {
			check_moved(x, &base, &head);
			close_side(&base);
			base = head;
			memcpy(was, is, sizeof(was));
			moved++;
		} else {
			close_side(&head);
		}
	}
	/* it is not by never answering that it is right */
	assert_true(known > ROUNDS / 4 && moved > ROUNDS / 4);
	index_free(x);
	close_side(&base);
}

/* A date that comes by way of a value is one all the same. */
static void test_another_day(void **state_)
{
	static const char *const settings[] = { "@param day:date 2026-01-01\n",
		"@param day:date {{@snapshot_date}}\n" };
	size_t i;

	(void)state_;
	for (i = 0; i < ARRAY_LEN(settings); i++) {
		const struct memory_file files[] = {
			{ "settings", bytes_of(settings[i]) },
			{ "X.sql",
			    bytes_of("@include action/sql/sqlite\n"
			             "SELECT {{day}} AS day\n") },
		};
		struct side s = { 0 };
		struct changes c;
		struct index *x;
		bool known;

		assert_int_equal(source_open_memory(files, ARRAY_LEN(files),
		                     &s.source, NULL),
		    0);
		assert_int_equal(pipeline_load(s.source, NULL, &s.p, NULL), 0);
		assert_int_equal(s.p->nodes[0].uses_snapshot_date, i == 1);
		x = make(&s);
		/* as if it had been made a day before */
		x->head->date[0] = '0';
		assert_int_equal(index_changes(x, s.source, s.source, true,
		                     &known, &c, NULL),
		    0);
		assert_int_equal(known, i == 0);
		changes_clear(&c);
		index_free(x);
		close_side(&s);
	}
}

static int parse(struct bytes image, const char *root, const char *maker,
    struct index **out)
{
	CLEANUP(buf_clear) struct buf b = { 0 };

	buf_add(&b, image.p, image.n);
	return index_parse(&b, root, maker, out, NULL);
}

static void test_image(void **state_)
{
	state k = { 0 };
	struct side s;
	struct index *x, *y = NULL;
	struct bytes image;
	char *copy;
	size_t i;

	(void)state_;
	open_side(k, &s);
	x = make(&s);
	image = index_image(x);
	assert_int_equal(parse(image, "", MAKER, &y), 0);
	assert_true(bytes_eq(image, index_image(y)));
	assert_true(index_is_of(y, s.source));
	assert_true(compare_answers(y, &s, &s, true));
	index_freep(&y);
	assert_int_equal(parse(image, "pipe", MAKER, &y), ERROR_CORRUPT);
	assert_int_equal(parse(image, "", "another", &y), ERROR_CORRUPT);
	for (i = 0; i < image.n; i += 97) {
		image.n = i;
		assert_int_equal(parse(image, "", MAKER, &y), ERROR_CORRUPT);
	}
	/* any byte may be another: it is refused, or it does no harm */
	image = index_image(x);
	copy = mem_alloc(image.n);
	memcpy(copy, image.p, image.n);
	for (i = 0; i < image.n; i++) {
		struct changes c = { 0 };
		bool known;

		copy[i] = (char)(image.p[i] ^ (1 << pick(8)));
		if (parse((struct bytes){ copy, image.n }, "", MAKER, &y) ==
		        0 &&
		    index_changes(y, s.source, s.source, true, &known, &c,
		        NULL) == 0 &&
		    known)
			changes_clear(&c);
		index_freep(&y);
		copy[i] = image.p[i];
	}
	mem_free(copy);
	index_free(x);
	close_side(&s);
}

/* A language is what tables of languages are asked with. */
static void test_language(void **state_)
{
	static const int8_t wrong[] = { -1, LANGUAGE_ARGUMENT, 122, INT8_MIN };
	state k = { 0 };
	struct side s;
	struct index *x, *y = NULL;
	size_t i;

	(void)state_;
	open_side(k, &s);
	x = make(&s);
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		const int8_t right = x->nodes[0].language;

		x->nodes[0].language = wrong[i];
		assert_int_equal(parse(index_image(x), "", MAKER, &y),
		    ERROR_CORRUPT);
		x->nodes[0].language = right;
		assert_int_equal(parse(index_image(x), "", MAKER, &y), 0);
		index_freep(&y);
	}
	index_free(x);
	close_side(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_edits),
		cmocka_unit_test(test_another_day),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
