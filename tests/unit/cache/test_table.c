/* Tables: the golden record, the order, keys, spilling, digests, unions. */
#include "tests/unit/cache/table_help.h"

#include <inttypes.h>

#include "cache/store_derived.h"
#include "cache/table_build.h"

static const struct table_spec no_contract;

static void the_record_is_golden(void **state)
{
	static const char *const key[] = { "patient_id" };
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, back = { 0 };
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	CLEANUP(buf_clear) struct buf want = { 0 }, got = { 0 };
	char names[3][16] = { "patient_id", "mrn", "note" };
	struct column columns[3] = {
		{ names[0], { .kind = TYPE_INTEGER } },
		{ names[1], { .kind = TYPE_TEXT } },
		{ names[2], { .kind = TYPE_TEXT, .as = "VARCHAR(9)" } },
	};
	struct table_spec spec = { .columns = columns,
		.n_columns = 3,
		.key = key,
		.n_key = 1 };
	struct field rows[3][3] = {
		{ { "10", 2, false }, { "", 0, false }, { "", 0, true } },
		{ { "1", 1, false }, { "00123", 5, false },
		    { "NULL", 4, false } },
		{ { "2", 1, false }, { "", 0, true }, { "a,b", 3, false } },
	};
	size_t i;

	OK(table_build_open(p->st, &spec, &b, &err));
	for (i = 0; i < 3; i++)
		OK(table_build_add(b, rows[i], &err));
	OK(table_build_finish(b, &t, &err));
	OK(file_read("tests/cases/formats/table.json", FILE_MAX, &want, &err));
	OK(store_get(p->st, &t.id, &got, &err));
	assert_string_equal(got.p, want.p);
	OK(table_load(p->st, &t.id, &back, &err));
	assert_true(digest_eq(&back.id, &t.id));
	assert_int_equal(back.n_columns, 3);
	assert_true(type_eq(&back.columns[2].type, &columns[2].type));
	assert_int_equal(back.rows, 3);
	assert_int_equal(back.bytes, 29);
	assert_int_equal(back.n_key, 1);
	assert_string_equal(back.key[0], "patient_id");
	assert_int_equal(table_find_column(&back, "note"), 2);
	assert_int_equal(table_find_column(&back, "Note"), 3);
	expect_rows(p->st, &t, "1,00123,NULL\n2,,\"a,b\"\n10,\"\",\n");
}

static void rows_are_in_canonical_order(void **state)
{
	static const char *const key[] = { "b" };
	struct place *p = *state;
	struct table_spec ordered = { .ordered = true };
	struct table_spec keyed = { .key = key, .n_key = 1 };
	CLEANUP(table_clear) struct table a = { 0 }, b = { 0 }, c = { 0 };
	CLEANUP(table_clear) struct table d = { 0 };
	const char *text = "a:integer,b:real\n"
	                   "10,1.5\n9,nan\n,2\n-3,\n-20,-inf\n9,1e-5\n";

	OK(build_text(p->st, text, &no_contract, &a, &err));
	expect_rows(p->st, &a, ",2.0\n-20,-inf\n-3,\n9,1e-05\n9,nan\n10,1.5\n");
	OK(build_text(p->st, text, &ordered, &b, &err));
	assert_true(b.ordered);
	expect_rows(p->st, &b, "10,1.5\n9,nan\n,2.0\n-3,\n-20,-inf\n9,1e-05\n");
	OK(table_load(p->st, &b.id, &c, &err));
	assert_true(c.ordered);
	assert_int_equal(c.n_key, 0);
	OK(build_text(p->st,
	    "a:integer,b:real\n10,1.5\n9,nan\n,2\n-20,-inf\n9,1e-5\n", &keyed,
	    &d, &err));
	expect_rows(p->st, &d, "-20,-inf\n9,1e-05\n10,1.5\n,2.0\n9,nan\n");
}

/* What a broken contract says; it names no value. */
static void expect_error(struct store *st, const char *text,
    const struct table_spec *spec, const char *words)
{
	CLEANUP(table_clear) struct table t = { 0 };
	struct error err = { 0 };

	assert_int_equal(build_text(st, text, spec, &t, &err), ERROR_NODE);
	if (strstr(err.msg, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, err.msg);
	assert_null(strstr(err.msg, "SECRET"));
	assert_null(strstr(err.msg, "777"));
}

static void contracts_are_enforced(void **state)
{
	static const char *const key[] = { "a", "b" };
	struct place *p = *state;
	char name_a[] = "a", name_d[] = "d", name_x[] = "bb";
	struct column date = { name_d, { .kind = TYPE_DATE } };
	struct column absent = { name_x, { .kind = TYPE_DATE } };
	struct column real = { name_a, { .kind = TYPE_REAL } };
	struct table_spec both = { .key = key, .n_key = 2, .ordered = true };
	struct table_spec pin_date = { .pinned = &date, .n_pinned = 1 };
	struct table_spec pin_absent = { .pinned = &absent, .n_pinned = 1 };
	struct table_spec pin_real = { .pinned = &real, .n_pinned = 1 };
	CLEANUP(table_clear) struct table t = { 0 }, u = { 0 }, v = { 0 };

	expect_error(p->st, "a,d\nx,2020-01-01\nx,SECRET\n", &pin_date,
	    "row 2, column 'd': the value is not a date");
	expect_error(p->st, "a,b,A\n1,2,3\n", &no_contract, "named 'A'");
	expect_error(p->st, ",b\n1,2\n", &no_contract, "has no name");
	expect_error(p->st, "a:boolean\nSECRET\n", &no_contract,
	    "row 1, column 'a': the value is not true or false");
	OK(build_text(p->st, "a:integer\n5\n", &pin_real, &t, &err));
	expect_columns(&t, "a:real");
	expect_rows(p->st, &t, "5.0\n");
	OK(build_text(p->st, "a,b\nx,1\nx,2\ny,1\n", &both, &u, &err));
	assert_true(u.ordered);
	/* a column that is not there is for others to tell */
	OK(build_text(p->st, "a:integer,b\n1,2\n", &pin_absent, &v, &err));
	expect_columns(&v, "a:integer,b:integer");
}

/* Two rows of one key, and one without: a table as if there were no key. */
static void a_key_that_does_not_hold_is_none(void **state)
{
	static const char *const key[] = { "b", "a" }, *const gone[] = { "z" };
	struct place *p = *state;
	struct table_spec keyed = { .key = key, .n_key = 2 };
	struct table_spec both = { .key = key, .n_key = 2, .ordered = true };
	struct table_spec absent = { .key = gone, .n_key = 1 };
	CLEANUP(table_clear) struct table t = { 0 }, plain = { 0 }, u = { 0 };
	CLEANUP(table_clear) struct table v = { 0 }, w = { 0 };
	const char *text = "a:text,b:integer,c\nx,7,q\ny,7,2\nz,1,\n,3,\n"
	                   "y,7,1\ny,7,1\n";
	const char *bad = ",3,\ny,7,1\ny,7,1\ny,7,2\n";

	OK(build_text(p->st, text, &no_contract, &plain, &err));
	OK(build_text(p->st, text, &keyed, &t, &err));
	assert_true(digest_eq(&t.id, &plain.id));
	assert_true(digest_is_null(&plain.offending));
	expect_offending(p->st, &t, bad, 4);
	OK(build_text(p->st, text, &both, &u, &err));
	assert_true(u.ordered);
	expect_rows(p->st, &u, "x,7,q\ny,7,2\nz,1,\n,3,\ny,7,1\ny,7,1\n");
	expect_offending(p->st, &u, bad, 4);
	OK(build_text(p->st, "a:text,b:integer,c\ny,7,1\ny,6,1\n", &keyed, &v,
	    &err));
	assert_int_equal(v.n_key, 2);
	assert_true(digest_is_null(&v.offending));
	OK(build_text(p->st, text, &absent, &w, &err));
	assert_true(digest_eq(&w.id, &plain.id));
	assert_int_equal(w.n_offending, 0);
}

static void empty_tables_are_tables(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, back = { 0 };
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *f;
	struct digest d[2], none;

	OK(build_text(p->st, "a:integer,b\n", &no_contract, &t, &err));
	OK(table_load(p->st, &t.id, &back, &err));
	expect_columns(&back, "a:integer,b:text");
	assert_int_equal(back.rows, 0);
	assert_int_equal(back.n_parts, 0);
	OK(table_reader_open(p->st, &back, &r, &err));
	assert_int_equal(table_reader_next(r, &f, NULL), 0);
	OK(table_column_digests(p->st, &back, d, &err));
	OK(digest_of(bytes_of(""), &none, &err));
	assert_true(digest_eq(&d[0], &none));
	assert_true(digest_eq(&d[1], &none));
}

static void columns_have_digests(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, back = { 0 };
	struct digest d[3], want;
	char path[512];

	OK(build_text(p->st,
	    "a:integer,b:text,c:real\n10,\"x,y\",\n2,,1.50\n3,\"\",2\n",
	    &no_contract, &t, &err));
	OK(table_column_digests(p->st, &t, d, &err));
	OK(digest_of(bytes_of("2\n3\n10\n"), &want, &err));
	assert_true(digest_eq(&d[0], &want));
	OK(digest_of(bytes_of("\n\"\"\n\"x,y\"\n"), &want, &err));
	assert_true(digest_eq(&d[1], &want));
	OK(digest_of(bytes_of("1.5\n2.0\n\n"), &want, &err));
	assert_true(digest_eq(&d[2], &want));
	/* of a table that is read back: of its rows, for it is small */
	path_in_store(p->st, "derived/columns", &t.id, path, sizeof(path));
	assert_false(file_exists(path));
	OK(table_load(p->st, &t.id, &back, &err));
	memset(d, 0, sizeof(d));
	OK(table_column_digests(p->st, &back, d, &err));
	assert_true(digest_eq(&d[2], &want));
}

/* Of a larger table they are kept beside it. */
static void column_digests_are_kept(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, back = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 }, column = { 0 };
	struct digest d[1], want;
	char path[512];
	int i;

	buf_add_str(&text, "a:integer\n");
	for (i = 1000; i < 3000; i++) {
		buf_printf(&text, "%d\n", i);
		buf_printf(&column, "%d\n", i);
	}
	OK(digest_of(buf_bytes(&column), &want, &err));
	OK(build_text(p->st, text.p, &no_contract, &t, &err));
	OK(table_column_digests(p->st, &t, d, &err));
	assert_true(digest_eq(&d[0], &want));
	OK(table_load(p->st, &t.id, &back, &err));
	path_in_store(p->st, "derived/columns", &t.id, path, sizeof(path));
	assert_true(file_exists(path));
	OK(table_column_digests(p->st, &back, d, &err));
	assert_true(digest_eq(&d[0], &want));
	/* dropped, and made anew */
	assert_int_equal(unlink(path), 0);
	memset(d, 0, sizeof(d));
	OK(table_column_digests(p->st, &back, d, &err));
	assert_true(digest_eq(&d[0], &want));
	assert_true(file_exists(path));
	/* of no use: made anew */
	OK(store_derived_put(p->st, &t.id, "columns", bytes_of("x\n"), &err));
	OK(table_column_digests(p->st, &back, d, &err));
	assert_true(digest_eq(&d[0], &want));
}

static void many_parts_are_read_as_one(void **state)
{
	struct place *p = *state;
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	CLEANUP(table_clear) struct table t = { 0 }, back = { 0 };
	char name[] = "x";
	struct column column = { name, { .kind = TYPE_INTEGER } };
	struct table_spec spec = { .columns = &column, .n_columns = 1 };
	const struct field *f;
	const int n = 1000000;
	struct digest one, other;
	int i;

	OK(table_build_open(p->st, &spec, &b, &err));
	for (i = n; i > 0; i--) {
		char text[16];
		struct field v = { text, 0, false };

		v.n = (size_t)snprintf(text, sizeof(text), "%d", i);
		OK(table_build_add(b, &v, &err));
	}
	OK(table_build_finish(b, &t, &err));
	assert_true(t.n_parts > 2);
	OK(table_load(p->st, &t.id, &back, &err));
	assert_int_equal(back.n_parts, t.n_parts);
	OK(table_reader_open(p->st, &back, &r, &err));
	for (i = 1; i <= n; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(table_reader_next(r, &f, NULL), 1);
		assert_int_equal(f[0].n, strlen(text));
		assert_memory_equal(f[0].p, text, f[0].n);
	}
	assert_int_equal(table_reader_next(r, &f, NULL), 0);
	OK(table_column_digests(p->st, &t, &one, &err));
	OK(store_derived_put(p->st, &t.id, "columns", bytes_of(""), &err));
	OK(table_column_digests(p->st, &t, &other, &err));
	assert_true(digest_eq(&one, &other));
}

static void unions_say_where_rows_are_from(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table a = { 0 }, b = { 0 }, c = { 0 };
	CLEANUP(table_clear) struct table u = { 0 }, v = { 0 };
	const struct table *tables[] = { &a, &b };
	const char *const from[] = { "ClinicB", "ClinicA" };
	const struct table *other[] = { &a, &c };
	struct error why = { 0 };

	OK(build_text(p->st, "id:integer,x\n2,p\n1,q\n", &no_contract, &a,
	    &err));
	OK(build_text(p->st, "id:integer,x\n3,\n", &no_contract, &b, &err));
	OK(build_text(p->st, "id:real,x\n3,\n", &no_contract, &c, &err));
	OK(table_union(p->st, tables, from, 2, &u, &err));
	expect_columns(&u, "_from:text,id:integer,x:text");
	expect_rows(p->st, &u, "ClinicA,3,\nClinicB,1,q\nClinicB,2,p\n");
	assert_int_equal(table_union(p->st, other, from, 2, &v, &why),
	    ERROR_NODE);
	assert_non_null(strstr(why.msg, "'ClinicB' and 'ClinicA'"));
	assert_non_null(strstr(why.msg,
	    "column 'id' is integer in the first and real in the second"));
}

/* A clinic that sent nothing, or nothing in one column, is one of many. */
static void a_column_without_values_agrees_with_all(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table a = { 0 }, b = { 0 }, c = { 0 };
	CLEANUP(table_clear) struct table d = { 0 }, e = { 0 };
	CLEANUP(table_clear) struct table u = { 0 }, v = { 0 };
	const struct table *tables[] = { &a, &b, &c, &d };
	const struct table *other[] = { &a, &c, &e };
	const char *const from[] = { "A", "B", "C", "D" };
	struct error why = { 0 };

	OK(build_text(p->st, "id,x\n", &no_contract, &a, &err));
	OK(build_text(p->st, "id:integer,x\n7,\n8,\n", &no_contract, &b, &err));
	OK(build_text(p->st, "id:integer,x:real\n3,0.5\n", &no_contract, &c,
	    &err));
	OK(build_text(p->st, "id:integer,x\n4,\n", &no_contract, &d, &err));
	OK(build_text(p->st, "id:integer,x\n4,\"\"\n", &no_contract, &e, &err));
	OK(table_union(p->st, tables, from, 4, &u, &err));
	expect_columns(&u, "_from:text,id:integer,x:real");
	expect_rows(p->st, &u, "B,7,\nB,8,\nC,3,0.5\nD,4,\n");
	/* an empty text is a value */
	assert_int_equal(table_union(p->st, other, from, 3, &v, &why),
	    ERROR_NODE);
	/* B's is the real column, not A's that said nothing */
	assert_non_null(strstr(why.msg, "'B' and 'C'"));
}

static void damage_is_told(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, u = { 0 };
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *f;
	struct error why = { 0 };
	char path[512];

	OK(build_text(p->st, "a,b\n1,2\n3,4\n", &no_contract, &t, &err));
	path_in_store(p->st, "blobs", &t.parts[0].blob, path, sizeof(path));
	flip_bit(path, 3);
	OK(table_reader_open(p->st, &t, &r, &err));
	assert_int_equal(table_reader_next(r, &f, &why), ERROR_CORRUPT);
	path_in_store(p->st, "blobs", &t.id, path, sizeof(path));
	unlink(path);
	assert_int_equal(table_load(p->st, &t.id, &u, NULL), ERROR_NOT_FOUND);
}

/* Records that lie are refused; fields of a later version are not. */
static void records_are_checked(void **state)
{
#define HEAD "{\"columns\":[{\"name\":\"a\",\"type\":\"integer\"}],"
#define PART                                                              \
	"{\"blob\":\"b52d562dae1cdfbff1b658bd53ea64a987f364ac3adfb401cdc" \
	"bb86e97ee6b0a\",\"bytes\":4,\"rows\":2}"
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ HEAD "\"format\":\"sluice-table/1\",\"more\":7,"
		       "\"order\":[],\"parts\":[" PART "],\"rows\":2}\n",
		    0 },
		{ HEAD "\"format\":\"sluice-table/1\",\"order\":[],"
		       "\"parts\":[" PART "],\"rows\":3}\n",
		    ERROR_CORRUPT },
		{ HEAD "\"format\":\"sluice-table/2\",\"order\":[],"
		       "\"parts\":[],\"rows\":0}\n",
		    ERROR_CORRUPT },
		{ HEAD "\"format\":\"sluice-table/1\",\"order\":[\"b\"],"
		       "\"parts\":[],\"rows\":0}\n",
		    ERROR_CORRUPT },
		{ HEAD "\"format\":\"sluice-table/1\",\"order\":\"up\","
		       "\"parts\":[],\"rows\":0}\n",
		    ERROR_CORRUPT },
		{ "{\"columns\":[],\"format\":\"sluice-table/1\","
		  "\"order\":[],\"parts\":[],\"rows\":0}\n",
		    ERROR_CORRUPT },
		{ "{\"columns\":[{\"name\":\"a\",\"type\":\"foo\"}],"
		  "\"format\":\"sluice-table/1\",\"order\":[],"
		  "\"parts\":[],\"rows\":0}\n",
		    ERROR_CORRUPT },
		{ "[]\n", ERROR_CORRUPT },
		{ "", ERROR_CORRUPT },
	};
	struct place *p = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(table_clear) struct table t = { 0 };
		struct digest id = put_str(p->st, cases[i].text);

		if (table_load(p->st, &id, &t, NULL) != cases[i].rc)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_record_is_golden),
		cmocka_unit_test(rows_are_in_canonical_order),
		cmocka_unit_test(contracts_are_enforced),
		cmocka_unit_test(a_key_that_does_not_hold_is_none),
		cmocka_unit_test(empty_tables_are_tables),
		cmocka_unit_test(columns_have_digests),
		cmocka_unit_test(column_digests_are_kept),
		cmocka_unit_test(many_parts_are_read_as_one),
		cmocka_unit_test(unions_say_where_rows_are_from),
		cmocka_unit_test(a_column_without_values_agrees_with_all),
		cmocka_unit_test(damage_is_told),
		cmocka_unit_test(records_are_checked),
	};

	return cmocka_run_group_tests(tests, place_open, place_close);
}
