/* change: which nodes a change of text touches, and the line behind it. */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/lang/change.h"
#include "tests/unit/cmocka_all.h"

#define SQLITE "@include action/sql/sqlite\n"

/* A tree in memory, resolved. */
struct side {
	struct source *source;
	struct pipeline *p;
};

static void side_open(struct side *s, const struct memory_file *files, size_t n)
{
	struct pipeline_options options = { .snapshot_date = "2026-11-20" };
	struct error err = { 0 };
	char text[2048];

	assert_int_equal(source_open_memory(files, n, &s->source, &err), 0);
	if (pipeline_load(s->source, &options, &s->p, &err)) {
		error_print(&err, text, sizeof(text));
		fail_msg("%s", text);
	}
}

static void side_close(struct side *s)
{
	pipeline_free(s->p);
	source_close(s->source);
}

/* The files of a text: "== PATH" begins each. */
enum {
	MAX_FILES = 64
};
struct files {
	struct memory_file list[MAX_FILES];
	size_t n;
	struct arena a;
};

static void files_parse(struct files *f, const char *text)
{
	const char *end, *lf;

	for (; *text != '\0'; text = end) {
		assert_int_equal(strncmp(text, "== ", 3), 0);
		lf = strchr(text, '\n');
		end = strstr(lf, "\n== ");
		end = end ? end + 1 : lf + strlen(lf);
		f->list[f->n].path =
		    arena_strndup(&f->a, text + 3, (size_t)(lf - text - 3));
		f->list[f->n++].text =
		    (struct bytes){ lf + 1, (size_t)(end - lf - 1) };
	}
}

static void print_place(struct buf *b, const struct place *at)
{
	if (at->path != NULL)
		buf_printf(b, " %s:%d", at->path, at->line);
}

/* All that changes holds, a line each. */
static void print_changes(const struct changes *c, struct buf *b)
{
	size_t i;

	for (i = 0; i < c->n_changed; i++)
		buf_printf(b, "changed %s\n",
		    c->head->nodes[c->changed[i]].path);
	for (i = 0; i < c->n_added; i++)
		buf_printf(b, "added %s\n", c->head->nodes[c->added[i]].path);
	for (i = 0; i < c->n_removed; i++)
		buf_printf(b, "removed %s\n",
		    c->base->nodes[c->removed[i]].path);
	for (i = 0; i < c->n_moved; i++)
		buf_printf(b, "moved %s %s\n",
		    c->base->nodes[c->moved[i].from].path,
		    c->head->nodes[c->moved[i].to].path);
	for (i = 0; i < c->n_affected; i++) {
		const struct node_change *one = &c->affected[i];

		buf_printf(b, "%s %s", c->head->nodes[one->node].path,
		    change_cause_name(one->cause));
		if (one->input != NULL)
			buf_printf(b, " %s", one->input);
		print_place(b, &one->at);
		buf_add_char(b, '\n');
	}
}

static void check(const char *base, const char *head, const char *expected)
{
	struct files before = { 0 }, after = { 0 };
	struct side b = { 0 }, h = { 0 };
	struct changes c = { 0 };
	struct buf text = { 0 };
	struct error err = { 0 };

	files_parse(&after, head);
	side_open(&h, after.list, after.n);
	if (base != NULL) {
		files_parse(&before, base);
		side_open(&b, before.list, before.n);
	}
	assert_int_equal(changes_make(b.p, h.p, &c, &err), 0);
	print_changes(&c, &text);
	assert_string_equal(text.p ? text.p : "", expected);
	changes_clear(&c);
	buf_clear(&text);
	side_close(&h);
	side_close(&b);
	arena_clear(&before.a);
	arena_clear(&after.a);
}

#define T "== T.csv\na\n1\n"
#define X "== X.sql\n" SQLITE "@depend ./T\nSELECT a\nFROM T\n"
#define Y "== Y.sql\n" SQLITE "@depend ./X\nSELECT a FROM X\n"

static void test_nothing(void **state)
{
	(void)state;
	check(T X Y, T X Y, "");
	check(T X,
	    T "== X.sql\n" SQLITE "-- more words\n@doc Words.\n"
	      "-- @depend ./T\n@timeout 3m\n\nSELECT a\nFROM T\n",
	    "");
}

static void test_no_base(void **state)
{
	(void)state;
	check(NULL, T X, "added T\nadded X\nT file T.csv:1\nX code X.sql:3\n");
}

static void test_code_has_its_line(void **state)
{
	(void)state;
	check(T X Y,
	    T "== X.sql\n" SQLITE "-- more\n@depend ./T\nSELECT a\n"
	      "FROM T WHERE a > 1\n" Y,
	    "changed X\nX code X.sql:5\nY input X X.sql:5\n");
	check(T X Y, T "== X.sql\n" SQLITE "@depend ./T\nSELECT a\n" Y,
	    "changed X\nX code X.sql:3\nY input X X.sql:3\n");
}

static void test_table(void **state)
{
	(void)state;
	check(T X, "== T.csv\na\n1\n2\n" X,
	    "changed T\nT file T.csv:3\nX input T T.csv:3\n");
}

static void test_action(void **state)
{
	const char *node = "== X.sql\n@include tools/lite\nSELECT 1 AS a\n";
	CLEANUP(buf_clear) struct buf base = { 0 }, head = { 0 };

	(void)state;
	buf_printf(&base, "== tools/lite\n@engine sqlite\n@quote sql\n%s",
	    node);
	buf_printf(&head, "== tools/lite\n# now\n@engine sqlite\n@quote r\n%s",
	    node);
	check(base.p, head.p, "changed X\nX action tools/lite:2\n");
}

static void test_parameter(void **state)
{
	const char *base = "== A/s\n@param site\n@set site a\n"
	                   "== A/X.sql\n" SQLITE "SELECT {{site}} AS s\n"
	                   "== A/Y.sql\n" SQLITE "SELECT 1 AS s\n";
	const char *head = "== A/s\n@param site\n\n@set site b\n"
	                   "== A/X.sql\n" SQLITE "SELECT {{site}} AS s\n"
	                   "== A/Y.sql\n" SQLITE "SELECT 1 AS s\n";

	(void)state;
	check(base, head, "changed A/X\nA/X param A/s:3\n");
}

static void test_helper(void **state)
{
#define PY "== X.py\n# @include action/python\n# @file ./h.py\nprint(1)\n"
	(void)state;
	check(PY "== h.py\na = 1\n", PY "== h.py\n# one\na = 1\n",
	    "changed X\nX file h.py:1\n");
}

static void test_source(void **state)
{
#define LABS "== L\n@include action/source/file\n@path "
	(void)state;
	check(LABS "a/*.csv\n", LABS "b/*.csv\n", "changed L\nL source L:2\n");
}

static void test_directive(void **state)
{
	(void)state;
	check(T X,
	    T "== X.sql\n" SQLITE "@depend ./T\n@key a\nSELECT a\nFROM T\n",
	    "changed X\nX code X.sql:3\n");
	check(T X, T "== X.sql\n" SQLITE "@depend ./T (a)\nSELECT a\nFROM T\n",
	    "changed X\nX code X.sql:2\n");
}

static void test_another_input(void **state)
{
#define LIB                                                              \
	"== lib/l\n@abstract\n== lib/T.csv\na\n1\n== lib/X.sql\n" SQLITE \
	"@depend ./T\nSELECT a FROM T\n== A/m\n@include /lib\n"
	(void)state;
	/* The clinic's own T hides the library's. */
	check(LIB, LIB "== A/T.csv\na\n2\n",
	    "changed A/T\nA/T file A/T.csv:1\nA/X input A/T A/T.csv:1\n");
	/* A pattern that matches one more. */
	check("== A/P.csv\na\n1\n== U.sql\n" SQLITE
	      "@depend /*/P as p\nSELECT a FROM p\n",
	    "== A/P.csv\na\n1\n== B/P.csv\na\n1\n== U.sql\n" SQLITE
	    "@depend /*/P as p\nSELECT a FROM p\n",
	    "added B/P\nU input B/P U.sql:2\n");
	/* One that has another name now, and one that is gone: not its
	 * neighbour, though that stands in another place of the list. */
	check("== A/P.csv\na\n1\n== B/P.csv\na\n2\n== U.sql\n" SQLITE
	      "@depend /*/P as p\nSELECT a FROM p\n",
	    "== B/P.csv\na\n2\n== C/P.csv\na\n1\n== U.sql\n" SQLITE
	    "@depend /*/P as p\nSELECT a FROM p\n",
	    "moved A/P C/P\nU input C/P U.sql:2\n");
	check("== A/P.csv\na\n1\n== B/P.csv\na\n2\n== U.sql\n" SQLITE
	      "@depend /*/P as p\nSELECT a FROM p\n",
	    "== B/P.csv\na\n2\n== U.sql\n" SQLITE
	    "@depend /*/P as p\nSELECT a FROM p\n",
	    "removed A/P\nU input A/P U.sql:2\n");
}

static void test_mount(void **state)
{
	(void)state;
	/* The same text in another place is not affected. */
	check(LIB, LIB "== B/m\n@include /lib\n", "added B/T\nadded B/X\n");
	/* A new mount of a library that was nowhere built. */
	check("== lib/l\n@abstract\n@param s\n== lib/X.sql\n" SQLITE
	      "SELECT {{s}} AS s\n",
	    "== lib/l\n@abstract\n@param s\n== lib/X.sql\n" SQLITE
	    "SELECT {{s}} AS s\n== B/m\n@include /lib s=b\n",
	    "added B/X\nB/X mount B/m:1\n");
}

static void test_moved(void **state)
{
	(void)state;
	check("== A/T.csv\na\n1\n== A/X.sql\n" SQLITE
	      "@depend ./T\nSELECT a FROM T\n",
	    "== B/T.csv\na\n1\n== B/X.sql\n" SQLITE
	    "@depend ./T\nSELECT a FROM T\n",
	    "moved A/T B/T\nmoved A/X B/X\n");
	check(T X Y, T X, "removed Y\n");
}

/*
 * Random pipelines. The model knows of each node its code, inputs and the
 * parameter it uses, and writes its recipe out as a text; brute force over
 * those texts is what changes_make() has to say.
 */
enum {
	SLOTS = 8,
	DIRS = 3,
	ROUNDS = 400
};

struct model_node {
	bool is_there, is_table, uses_param;
	int dir, code, comment;
	unsigned reads; /* bits of slots with a smaller number */
};

struct model {
	struct model_node nodes[SLOTS];
	int param[DIRS];
	int action;
};

static uint32_t seed = 20261121;

static unsigned pick(unsigned n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

static void random_node(struct model_node *n, unsigned slot)
{
	n->is_there = pick(4) > 0;
	n->is_table = pick(4) == 0;
	n->uses_param = pick(3) == 0;
	n->dir = (int)pick(DIRS);
	n->code = (int)pick(3);
	n->comment = (int)pick(9);
	n->reads = pick(1U << slot);
}

static void edit(struct model *m)
{
	struct model_node *n = &m->nodes[pick(SLOTS)];

	switch (pick(7)) {
	case 0:
		n->code = (int)pick(3);
		break;
	case 1:
		n->is_there = !n->is_there;
		break;
	case 2:
		n->dir = (int)pick(DIRS);
		break;
	case 3:
		m->param[pick(DIRS)] = (int)pick(2);
		break;
	case 4:
		n->comment++;
		break;
	case 5:
		m->action = (int)pick(2);
		break;
	default:
		random_node(n, (unsigned)(n - m->nodes));
		break;
	}
}

static bool reads(const struct model *m, unsigned slot, unsigned other)
{
	return !m->nodes[slot].is_table && m->nodes[other].is_there &&
	    (m->nodes[slot].reads & 1U << other) != 0;
}

static void path_of_slot(const struct model *m, unsigned slot, char *out,
    size_t size)
{
	snprintf(out, size, "d%d/N%u", m->nodes[slot].dir, slot);
}

/* The recipe as a text, from those of the inputs (smaller slots). */
static void model_recipe(const struct model *m, unsigned slot,
    struct buf recipes[SLOTS])
{
	const struct model_node *n = &m->nodes[slot];
	unsigned i;

	if (n->is_table) {
		buf_printf(&recipes[slot], "table %d", n->code);
		return;
	}
	buf_printf(&recipes[slot], "code %d action %d (", n->code, m->action);
	if (n->uses_param)
		buf_printf(&recipes[slot], "param %d,", m->param[n->dir]);
	for (i = 0; i < slot; i++)
		if (reads(m, slot, i))
			buf_printf(&recipes[slot], "i%u=%s,", i, recipes[i].p);
	buf_add_char(&recipes[slot], ')');
}

static void add_file(struct files *f, const char *path, struct buf *text)
{
	f->list[f->n].path = arena_strdup(&f->a, path);
	f->list[f->n++].text =
	    (struct bytes){ arena_strndup(&f->a, text->p, text->n), text->n };
	buf_reset(text);
}

static void write_node(const struct model *m, unsigned slot, struct files *f)
{
	const struct model_node *n = &m->nodes[slot];
	CLEANUP(buf_clear) struct buf b = { 0 };
	char path[64], file[80];
	unsigned i;

	path_of_slot(m, slot, path, sizeof(path));
	if (n->is_table) {
		buf_printf(&b, "a\n%d\n", n->code);
		snprintf(file, sizeof(file), "%s.csv", path);
		add_file(f, file, &b);
		return;
	}
	buf_printf(&b, "@include act/lite\n-- comment %d\n", n->comment);
	for (i = 0; i < slot; i++)
		if (reads(m, slot, i)) {
			path_of_slot(m, i, path, sizeof(path));
			buf_printf(&b, "@depend /%s as i%u\n", path, i);
		}
	buf_printf(&b, "SELECT %d", n->code);
	if (n->uses_param)
		buf_add_str(&b, ", {{p}}");
	buf_add_char(&b, '\n');
	path_of_slot(m, slot, path, sizeof(path));
	snprintf(file, sizeof(file), "%s.sql", path);
	add_file(f, file, &b);
}

static void write_model(const struct model *m, struct files *f)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	char path[64];
	unsigned i;

	buf_printf(&b, "@engine sqlite\n@quote %s\n",
	    m->action ? "sql" : "python");
	add_file(f, "act/lite", &b);
	for (i = 0; i < DIRS; i++) {
		buf_printf(&b, "@param p:int %d\n", m->param[i]);
		snprintf(path, sizeof(path), "d%u/settings", i);
		add_file(f, path, &b);
	}
	for (i = 0; i < SLOTS; i++)
		if (m->nodes[i].is_there)
			write_node(m, i, f);
}

/* The slot of base with this recipe, or -1. */
static int slot_of_recipe(const struct model *m, struct buf *recipes,
    const struct buf *wanted)
{
	int i;

	for (i = 0; i < SLOTS; i++)
		if (m->nodes[i].is_there &&
		    bytes_eq(buf_bytes(&recipes[i]), buf_bytes(wanted)))
			return i;
	return -1;
}

static int slot_at(const struct model *m, const char *path)
{
	char mine[64];
	unsigned i;

	for (i = 0; i < SLOTS; i++) {
		path_of_slot(m, i, mine, sizeof(mine));
		if (m->nodes[i].is_there && strcmp(mine, path) == 0)
			return (int)i;
	}
	return -1;
}

/* Moved nodes have one recipe; what was added and what was removed have none
 * in common; together they are the paths that only one side has. */
static void check_moves(const struct changes *c, const struct model *base,
    const struct model *head, struct buf *old, struct buf *now)
{
	size_t i, k, gone = 0, come = 0;

	for (i = 0; i < c->n_moved; i++) {
		int from = slot_at(base, c->base->nodes[c->moved[i].from].path);
		int to = slot_at(head, c->head->nodes[c->moved[i].to].path);

		assert_true(from >= 0 && to >= 0);
		assert_string_equal(old[from].p, now[to].p);
	}
	for (i = 0; i < c->n_added; i++)
		for (k = 0; k < c->n_removed; k++) {
			int to =
			    slot_at(head, c->head->nodes[c->added[i]].path);
			int from =
			    slot_at(base, c->base->nodes[c->removed[k]].path);

			assert_string_not_equal(old[from].p, now[to].p);
		}
	for (i = 0; i < c->head->n; i++)
		come += !pipeline_find(c->base, c->head->nodes[i].path);
	for (i = 0; i < c->base->n; i++)
		gone += !pipeline_find(c->head, c->base->nodes[i].path);
	assert_int_equal(come, c->n_added + c->n_moved);
	assert_int_equal(gone, c->n_removed + c->n_moved);
}

static void check_affected(const struct changes *c, const struct model *base,
    const struct model *head, struct buf *old, struct buf *now)
{
	size_t i, k = 0;

	for (i = 0; i < c->head->n; i++) {
		int slot = slot_at(head, c->head->nodes[i].path);
		bool wanted = slot_of_recipe(base, old, &now[slot]) < 0;
		bool told = k < c->n_affected && c->affected[k].node == i;

		assert_int_equal(told, wanted);
		if (!told)
			continue;
		assert_true(c->affected[k].cause != CAUSE_NONE);
		assert_non_null(c->affected[k].at.path);
		k++;
	}
	assert_int_equal(k, c->n_affected);
}

static void compare_models(const struct model *base, const struct model *head)
{
	struct buf old[SLOTS] = { 0 }, now[SLOTS] = { 0 };
	struct files before = { 0 }, after = { 0 };
	struct side b = { 0 }, h = { 0 };
	struct changes c = { 0 };
	unsigned i;

	for (i = 0; i < SLOTS; i++) {
		model_recipe(base, i, old);
		model_recipe(head, i, now);
	}
	write_model(base, &before);
	write_model(head, &after);
	side_open(&b, before.list, before.n);
	side_open(&h, after.list, after.n);
	assert_int_equal(changes_make(b.p, h.p, &c, NULL), 0);
	check_affected(&c, base, head, old, now);
	check_moves(&c, base, head, old, now);
	changes_clear(&c);
	side_close(&h);
	side_close(&b);
	for (i = 0; i < SLOTS; i++) {
		buf_clear(&old[i]);
		buf_clear(&now[i]);
	}
	arena_clear(&before.a);
	arena_clear(&after.a);
}

static void test_random_edits(void **state)
{
	struct model base = { 0 }, head;
	unsigned i, k;

	(void)state;
	print_message("seed %u\n", seed);
	for (i = 0; i < ROUNDS; i++) {
		if (i % 10 == 0)
			for (k = 0; k < SLOTS; k++)
				random_node(&base.nodes[k], k);
		head = base;
		for (k = pick(4); k > 0; k--)
			edit(&head);
		compare_models(&base, &head);
		base = head;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_no_base),
		cmocka_unit_test(test_code_has_its_line),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_action),
		cmocka_unit_test(test_parameter),
		cmocka_unit_test(test_helper),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_directive),
		cmocka_unit_test(test_another_input),
		cmocka_unit_test(test_mount),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_random_edits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
