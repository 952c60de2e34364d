/* Files become a table while every allocation fails in turn, once and for
 * ever: it is the table that there is with memory, with the same remarks, or
 * there is none; and nothing leaks. */
#include "tests/unit/cache/table_help.h"
#include "tests/unit/fault_memory.h"

enum {
	MANY = 10100, /* rows, more than those that tell what the others are */
	NAMES_MOST = 2
};

struct bed {
	struct store *st;
	struct bytes texts[NAMES_MOST];
	struct table_import in;
	struct table_spec spec;
	/* without a fault */
	struct digest table;
	size_t n_notes;
	bool is_first;
};

static int import(void *payload)
{
	struct bed *b = payload;
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(table_notes_clear) struct table_notes notes = { 0 };
	struct error why = { 0 };
	int rc = table_import(b->st, &b->in, &b->spec, &t, &notes, &why);

	if (rc)
		return rc == ERROR_MEMORY || rc == ERROR_IO ? rc : 1;
	if (b->is_first) {
		b->table = t.id;
		b->n_notes = notes.n;
	}
	return digest_eq(&t.id, &b->table) && notes.n == b->n_notes ? 0 : 1;
}

static long sweep_import(struct bed *b, const char *what)
{
	static const char *const names[NAMES_MOST] = { "one.csv", "two.csv" };

	b->in.texts = b->texts;
	b->in.names = names;
	b->in.n_texts = b->texts[1].p ? 2 : 1;
	b->is_first = true;
	assert_int_equal(import(b), 0);
	b->is_first = false;
	fault_memory.what = what;
	return sweep_whole(import, b);
}

/* Names that are not there, that are there twice, and many of them. */
static void names_are_mended(void **state)
{
	struct place *p = *state;
	struct bed b = { .st = p->st };
	long n;

	b.texts[0] = bytes_of("a,,A,a,a_2,c1,,B,b,b,b,c,C,c,d,D,d,e,E\n"
	                      "0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,x\n"
	                      "0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,2.5\n"
	                      "0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,1.5,3\n");
	b.texts[1] = bytes_of("a,,A,a,a_2,c1,,B,b,b,b,c,C,c,d,D,d,e,E\n");
	n = sweep_import(&b, "names");
	assert_true(b.n_notes > 9);
	assert_true(!FAULT_MEMORY || n > 60);
}

/* As the code of a node wrote it, with declared types. */
static void an_output_is_taken(void **state)
{
	struct place *p = *state;
	char one[] = "a", two[] = "b";
	struct column declared = { one, { .kind = TYPE_REAL } };
	struct column pinned = { two, { .kind = TYPE_TEXT } };
	struct bed b = { .st = p->st,
		.in = { .is_output = true },
		.spec = { .columns = &declared,
		    .n_columns = 1,
		    .pinned = &pinned,
		    .n_pinned = 1 } };
	long n;

	b.texts[0] = bytes_of("a,b,c\n1,2,3\n");
	n = sweep_import(&b, "an output");
	assert_int_equal(b.n_notes, 0);
	assert_true(!FAULT_MEMORY || n > 20);
}

/* The first rows tell what the others are, and the last one is another. */
static void the_last_row_decides(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct bed b = { .st = p->st };
	int i;

	buf_add_str(&text, "a,b\n");
	for (i = 0; i < MANY; i++)
		buf_printf(&text, "%d,7\n", i);
	buf_add_str(&text, "1,x\n");
	b.texts[0] = buf_bytes(&text);
	sweep_import(&b, "many rows and another");
	assert_int_equal(b.n_notes, 1);
}

static int ask_row(void *payload)
{
	struct bed *b = payload;
	uint64_t row;
	int rc = table_inferred_row(b->st, &b->table, "b", &row, NULL);

	return rc ? rc : row == 2 ? 0 : 1;
}

static int ask_nothing(void *payload)
{
	struct bed *b = payload;
	uint64_t row;
	int rc = table_inferred_row(b->st, &b->table, "a", &row, NULL);

	return rc ? rc : row == 0 ? 0 : 1;
}

/* The row that decided a type is told later, or that there is no memory. */
static void the_row_is_kept(void **state)
{
	struct place *p = *state;
	struct bed b = { .st = p->st };

	b.texts[0] = bytes_of("a,b\n1,1\n2,x\n");
	sweep_import(&b, "a row that decides");
	fault_memory.what = "asked for the row";
	assert_true(!FAULT_MEMORY || sweep_whole(ask_row, &b) > 3);
	sweep_whole(ask_nothing, &b);
	b.table = put_str(p->st, "has no such form");
	sweep_whole(ask_nothing, &b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_are_mended, place_open,
		    place_close),
		cmocka_unit_test_setup_teardown(an_output_is_taken, place_open,
		    place_close),
		cmocka_unit_test_setup_teardown(the_last_row_decides,
		    place_open, place_close),
		cmocka_unit_test_setup_teardown(the_row_is_kept, place_open,
		    place_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
