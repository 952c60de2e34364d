/* Import: headers, inference, declared types, the Mosaiq tables; and CSV
 * files out of tables. */
#include "tests/unit/cache/table_help.h"

#include <fcntl.h>

static const struct table_spec no_contract;

static int import_bytes(struct store *st, struct bytes bytes, bool is_output,
    struct table *out, struct table_notes *notes, struct error *why)
{
	const char *name = "labs.csv";
	struct table_import in = { .texts = &bytes,
		.names = &name,
		.n_texts = 1,
		.is_output = is_output };

	return table_import(st, &in, &no_contract, out, notes, why);
}

static int import(struct store *st, const char *text, bool is_output,
    struct table *out, struct table_notes *notes, struct error *why)
{
	return import_bytes(st, bytes_of(text), is_output, out, notes, why);
}

static int import_spec(struct store *st, const char *text,
    const struct table_spec *spec, struct table *out, struct error *why)
{
	struct bytes bytes = bytes_of(text);
	struct table_import in = { .texts = &bytes, .n_texts = 1 };

	return table_import(st, &in, spec, out, NULL, why);
}

static void expect_import(struct store *st, const char *text,
    const char *columns, const char *rows)
{
	CLEANUP(table_clear) struct table t = { 0 };

	OK(import(st, text, false, &t, NULL, &err));
	expect_columns(&t, columns);
	expect_rows(st, &t, rows);
}

static void types_are_inferred(void **state)
{
	struct place *p = *state;

	expect_import(p->st, "id,mrn,v,w\n10,00123,1.50,\n9,00124,2,\n",
	    "id:integer,mrn:text,v:real,w:text",
	    "9,00124,2.0,\n10,00123,1.5,\n");
	expect_import(p->st, "a\n1\nx\n", "a:text", "1\nx\n");
	expect_import(p->st, "a,b\n", "a:text,b:text", "");
	expect_import(p->st, "a,b\n1,\"\"\n", "a:integer,b:text", "1,\"\"\n");
	/* an integer that no real is stays one; with reals it is a text */
	expect_import(p->st, "a\n9007199254740993\n1\n", "a:integer",
	    "1\n9007199254740993\n");
	expect_import(p->st, "a\n9007199254740993\n1\n1.5\n", "a:text",
	    "1\n1.5\n9007199254740993\n");
}

static void headers_are_mended(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(table_notes_clear) struct table_notes notes = { 0 };
	struct error why = { 0 };
	const char *text = ",a,b,A,a,a_2,c1,\n0,1,2,3,4,5,6,7\n";

	OK(import(p->st, text, false, &t, &notes, &err));
	expect_columns(&t,
	    "c1_2:integer,a:integer,b:integer,A_3:integer,a_4:integer,"
	    "a_2:integer,c1:integer,c8:integer");
	assert_int_equal(notes.n, 4);
	assert_string_equal(notes.notes[0].column, "c1_2");
	assert_string_equal(notes.notes[1].column, "A_3");
	assert_string_equal(notes.notes[3].column, "c8");
	assert_int_equal(notes.notes[0].row, 0);
	table_clear(&t);
	assert_int_equal(import(p->st, text, true, &t, NULL, &why), ERROR_NODE);
	assert_non_null(strstr(why.msg, "column 1 has no name"));
	assert_string_equal(why.path, "labs.csv");
}

static void the_deciding_row_is_told(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(table_notes_clear) struct table_notes notes = { 0 };

	OK(import(p->st, "a,b,c\n1,1,x\n2,,y\n3,1.5,z\nN/A,2,1\n", false, &t,
	    &notes, &err));
	expect_columns(&t, "a:text,b:real,c:text");
	assert_int_equal(notes.n, 2);
	assert_string_equal(notes.notes[0].column, "a");
	assert_int_equal(notes.notes[0].row, 4);
	assert_string_equal(notes.notes[1].column, "b");
	assert_int_equal(notes.notes[1].row, 3);
	assert_null(strstr(notes.notes[0].text, "N/A"));
}

/* Of many rows the first tell what the others will be, and may be wrong: a
 * table is the same whether its types were told or found. */
static void late_rows_decide_too(void **state)
{
	enum {
		MANY = 25000
	};
	/* what column a has, and one row of it that differs; the type and the
	 * row that are to be told */
	static const struct {
		const char *usual, *odd;
		int at;
		const char *type;
		int told;
	} tries[] = {
		{ "7", NULL, 0, "integer", 0 },
		{ "0.5", NULL, 0, "real", 0 },
		{ "x", NULL, 0, "text", 0 },
		{ "", NULL, 0, "text", 0 },
		{ "7", "1.5", 20001, "real", 20001 },
		{ "7", "x", MANY, "text", MANY },
		{ "7", "00123", 10001, "text", 10001 },
		{ "0.5", "x", 15000, "text", 15000 },
		{ "0.5", "1.50000000000000001", 15000, "text", 15000 },
		{ "", "7", MANY, "integer", 0 },
		{ "", "2.5", 12000, "real", 0 },
		{ "", "x", 12000, "text", 0 },
		{ "7", "9223372036854775808", 11000, "text", 11000 },
	};
	/* of the columns one is declared: there is nothing to tell of it */
	char name[] = "id";
	struct column id = { name, { .kind = TYPE_INTEGER } };
	const struct table_spec known = { .columns = &id, .n_columns = 1 };
	struct place *p = *state;
	size_t k;
	int i;

	for (k = 0; k < ARRAY_LEN(tries); k++) {
		CLEANUP(buf_clear) struct buf text = { 0 }, typed = { 0 };
		CLEANUP(table_clear) struct table t = { 0 }, told = { 0 };
		CLEANUP(table_clear) struct table again = { 0 };
		CLEANUP(table_notes_clear) struct table_notes notes = { 0 };
		char columns[64];

		buf_add_str(&text, "id,a\n");
		buf_printf(&typed, "id:integer,a:%s\n", tries[k].type);
		for (i = 1; i <= MANY; i++)
			buf_printf(&text, "%d,%s\n", i,
			    i == tries[k].at ? tries[k].odd : tries[k].usual);
		buf_add_str(&typed, strchr(text.p, '\n') + 1);
		snprintf(columns, sizeof(columns), "id:integer,a:%s",
		    tries[k].type);
		OK(import(p->st, text.p, false, &t, &notes, &err));
		expect_columns(&t, columns);
		OK(import_spec(p->st, text.p, &known, &again, &err));
		assert_true(digest_eq(&t.id, &again.id));
		OK(build_text(p->st, typed.p, &no_contract, &told, &err));
		assert_true(digest_eq(&t.id, &told.id));
		if (tries[k].told > 0) {
			assert_int_equal(notes.n, 1);
			assert_string_equal(notes.notes[0].column, "a");
			assert_int_equal(notes.notes[0].row, tries[k].told);
		} else {
			assert_int_equal(notes.n, 0);
		}
	}
}

static void errors_name_the_file(void **state)
{
	struct place *p = *state;
	struct table t;
	struct error why = { 0 }, other = { 0 };
	char name[] = "b";
	struct column pin = { name, { .kind = TYPE_DATE } };
	struct table_spec spec = { .pinned = &pin, .n_pinned = 1 };
	struct bytes bytes = bytes_of("a,b\n1,2020-01-01\n2,SECRET\n");
	const char *file = "labs.csv";
	struct table_import in = { .texts = &bytes,
		.names = &file,
		.n_texts = 1 };

	assert_int_equal(import(p->st, "a,b\n1\n", false, &t, NULL, &why),
	    ERROR_SYNTAX);
	assert_string_equal(why.path, "labs.csv");
	assert_int_equal(why.line, 2);
	assert_int_equal(import(p->st, "", false, &t, NULL, NULL),
	    ERROR_SYNTAX);
	assert_int_equal(table_import(p->st, &in, &spec, &t, NULL, &other),
	    ERROR_NODE);
	assert_string_equal(other.path, "labs.csv");
	assert_int_equal(other.line, 3);
	assert_non_null(strstr(other.msg, "row 2, column 'b'"));
	assert_null(strstr(other.msg, "SECRET"));
}

static void declared_types_win(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, u = { 0 };
	char a[] = "a", b[] = "b";
	struct column columns[] = {
		{ b, { .kind = TYPE_REAL } },
		{ a, { .kind = TYPE_INTEGER, .as = "HUGEINT" } },
	};
	struct table_spec spec = { .columns = columns, .n_columns = 2 };
	struct bytes bytes = bytes_of("a,b,c\n1,5,7\n");
	struct bytes lacks = bytes_of("a,c\n1,5\n");
	struct table_import in = { .texts = &bytes,
		.n_texts = 1,
		.is_output = true };
	struct error why = { 0 };

	OK(table_import(p->st, &in, &spec, &t, NULL, &err));
	expect_columns(&t, "a:integer,b:real,c:integer");
	assert_string_equal(t.columns[0].type.as, "HUGEINT");
	expect_rows(p->st, &t, "1,5.0,7\n");
	in.texts = &lacks;
	assert_int_equal(table_import(p->st, &in, &spec, &u, NULL, &why),
	    ERROR_NODE);
	assert_non_null(strstr(why.msg, "'b'"));
}

static void several_texts_are_one_table(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, u = { 0 };
	struct bytes texts[] = { bytes_of("a,b\n2,x\n"),
		bytes_of("\xef\xbb\xbf"
		         "a,b\r\n1.5,y\r\n") };
	struct bytes other[] = { bytes_of("a,b\n2,x\n"), bytes_of("a,c\n") };
	const char *names[] = { "one.csv", "two.csv" };
	struct table_import in = { .texts = texts,
		.names = names,
		.n_texts = 2 };
	struct error why = { 0 };

	OK(table_import(p->st, &in, &no_contract, &t, NULL, &err));
	expect_columns(&t, "a:real,b:text");
	expect_rows(p->st, &t, "1.5,y\n2.0,x\n");
	in.texts = other;
	assert_int_equal(table_import(p->st, &in, &no_contract, &u, NULL, &why),
	    ERROR_SYNTAX);
	assert_string_equal(why.path, "two.csv");
	assert_string_equal(why.msg,
	    "there is no column 'b', which one.csv has; files of one table "
	    "have the same header");
}

/* What differs, and nothing of the second header: it may be a row. */
static void headers_that_differ(void **state)
{
	static const struct {
		const char *first, *second, *words;
	} all[] = {
		{ "a,b,c\n", "a,c,b\n",
		    "the columns are those of one.csv in another order, from "
		    "column 2 on" },
		{ "a,mrn\n", "a,MRN\n",
		    "column 2 is 'mrn' in one.csv, here in other letters" },
		{ "a,mrn\n", "a\n", "there is no column 'mrn'" },
		{ "a,mrn\n", "17,SECRET\n", "there is no column 'a'" },
		{ "a,b\n", "a,b,SECRET\n",
		    "the header has 3 columns, that of one.csv 2" },
		{ "a,b\n", "a,a,b\n",
		    "the header has 3 columns, that of one.csv 2" },
		{ "a,\n", "a,SECRET\n", "there is no column ''" },
	};
	const char *names[] = { "one.csv", "two.csv" };
	struct place *p = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(all); i++) {
		const struct bytes texts[] = { bytes_of(all[i].first),
			bytes_of(all[i].second) };
		const struct table_import in = { .texts = texts,
			.names = names,
			.n_texts = 2 };
		struct error why = { 0 };
		struct table t;

		assert_int_equal(
		    table_import(p->st, &in, &no_contract, &t, NULL, &why),
		    ERROR_SYNTAX);
		assert_string_equal(why.path, "two.csv");
		if (strstr(why.msg, all[i].words) == NULL)
			fail_msg("no '%s' in: %s", all[i].words, why.msg);
		assert_null(strstr(why.msg, "SECRET"));
	}
}

/* Of more columns than are compared each with each the first is told. */
static void many_columns_that_differ(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf one = { 0 }, two = { 0 };
	struct bytes texts[2];
	struct table_import in = { .texts = texts, .n_texts = 2 };
	struct error why = { 0 };
	struct table t;
	int i;

	for (i = 0; i <= 1000; i++) {
		buf_printf(&one, "%sa%d", i ? "," : "", i);
		buf_printf(&two, "%sa%d", i ? "," : "", i == 700 ? -1 : i);
	}
	texts[0] = buf_bytes(&one);
	texts[1] = buf_bytes(&two);
	assert_int_equal(table_import(p->st, &in, &no_contract, &t, NULL, &why),
	    ERROR_SYNTAX);
	assert_string_equal(why.path, "CSV");
	assert_string_equal(why.msg,
	    "there is no column 'a0', which the first has; files of one table "
	    "have the same header");
}

/* Rows without a header say how many columns there are, and no name. */
static void rows_that_differ(void **state)
{
	struct place *p = *state;
	const struct bytes texts[] = { bytes_of("1,2\n"), bytes_of("1\n") };
	const struct table_import none = { .texts = texts };
	struct table_import in = { .texts = texts,
		.n_texts = 2,
		.format = { .no_header = true } };
	struct error why = { 0 };
	struct table t;

	assert_int_equal(table_import(p->st, &in, &no_contract, &t, NULL, &why),
	    ERROR_SYNTAX);
	assert_string_equal(why.msg,
	    "the rows have 1 columns, those of the first 2; files of one table "
	    "have the same columns");
	why = (struct error){ 0 };
	assert_int_equal(
	    table_import(p->st, &none, &no_contract, &t, NULL, &why),
	    ERROR_NOT_FOUND);
	assert_string_equal(why.msg, "no file to be read");
}

/* Of a table whose types are all declared, too, a bad row has its place. */
static void bad_rows_of_declared_types(void **state)
{
	struct place *p = *state;
	char a[] = "a";
	struct column declared = { a, { .kind = TYPE_TEXT } };
	struct table_spec spec = { .columns = &declared, .n_columns = 1 };
	struct error why = { 0 };
	struct table t;

	assert_int_equal(import_spec(p->st, "a\n1\n2,3\n", &spec, &t, &why),
	    ERROR_SYNTAX);
	assert_string_equal(why.path, "CSV");
	assert_int_equal(why.line, 3);
}

/* A pin is more than a declaration; one of no column is nothing. */
static void pinned_types_win(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 };
	char a[] = "a", c[] = "c";
	struct column declared = { a, { .kind = TYPE_TEXT } };
	struct column pinned[] = { { a, { .kind = TYPE_REAL } },
		{ c, { .kind = TYPE_INTEGER } } };
	struct table_spec spec = { .columns = &declared,
		.n_columns = 1,
		.pinned = pinned,
		.n_pinned = 2 };

	OK(import_spec(p->st, "a,b\n1,2\n", &spec, &t, &err));
	expect_columns(&t, "a:real,b:integer");
	expect_rows(p->st, &t, "1.0,2\n");
}

static void formats_are_read(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 };
	struct bytes bytes = bytes_of("1;M\xfcller;NA\n2;\"x;y\";4\n");
	struct table_import in = { .texts = &bytes,
		.n_texts = 1,
		.format = { .delimiter = ';',
		    .no_header = true,
		    .windows_1252 = true,
		    .null = "NA" } };

	OK(table_import(p->st, &in, &no_contract, &t, NULL, &err));
	expect_columns(&t, "c1:integer,c2:text,c3:integer");
	expect_rows(p->st, &t, "1,M\xc3\xbcller,\n2,x;y,4\n");
}

/* The types of all 451 columns, as a second reading of the same rules has
 * them; TxField has 589 NUL bytes for NULL (tests/data/mosaiq/inferred.csv, by
 * Python). */
static void mosaiq_has_its_types(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf list = { 0 };
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	CLEANUP(table_clear) struct table t = { 0 };
	struct csv_format plain = { 0 };
	const struct field *f;
	char last[64] = "";
	size_t n, column = 0, all = 0;

	OK(file_read("tests/data/mosaiq/inferred.csv", FILE_MAX, &list, &err));
	OK(csv_open(buf_bytes(&list), &plain, &r, &err));
	while (csv_next(r, &f, &n, NULL) > 0) {
		char name[64], type[64], path[128], rows[32];

		snprintf(name, sizeof(name), "%.*s", (int)f[0].n, f[0].p);
		if (strcmp(name, last) != 0) {
			CLEANUP(buf_clear) struct buf text = { 0 };

			snprintf(path, sizeof(path), "tests/data/mosaiq/%s.csv",
			    name);
			OK(file_read(path, FILE_MAX, &text, &err));
			table_clear(&t);
			OK(import_bytes(p->st, buf_bytes(&text), false, &t,
			    NULL, &err));
			snprintf(last, sizeof(last), "%s", name);
			column = 0;
		}
		assert_true(column < t.n_columns);
		assert_int_equal(strlen(t.columns[column].name), f[1].n);
		assert_memory_equal(t.columns[column].name, f[1].p, f[1].n);
		type_print(&t.columns[column].type, type, sizeof(type));
		if (strlen(type) != f[2].n || memcmp(type, f[2].p, f[2].n) != 0)
			fail_msg("%s.%s is %s", name, t.columns[column].name,
			    type);
		snprintf(rows, sizeof(rows), "%llu",
		    (unsigned long long)t.rows);
		assert_int_equal(strlen(rows), f[3].n);
		assert_memory_equal(rows, f[3].p, f[3].n);
		column++;
		all++;
	}
	assert_int_equal(all, 451);
}

static void record_numbers_keep_their_zeros(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	CLEANUP(table_notes_clear) struct table_notes notes = { 0 };
	const struct field *f;
	size_t ida, zeros = 0;

	OK(file_read("tests/data/mosaiq/Ident.csv", FILE_MAX, &text, &err));
	OK(import(p->st, text.p, false, &t, &notes, &err));
	assert_string_equal(t.columns[0].name, "c1");
	assert_string_equal(notes.notes[0].column, "c1");
	ida = table_find_column(&t, "IDA");
	assert_int_equal(t.columns[ida].type.kind, TYPE_TEXT);
	OK(table_reader_open(p->st, &t, &r, &err));
	while (table_reader_next(r, &f, NULL) > 0)
		zeros += f[ida].n > 0 && f[ida].p[0] == '0';
	assert_int_equal(zeros, 37);
}

/* The table as a file of that format, read again. */
static void expect_round(struct store *st, const struct table *t,
    const struct csv_format *format, const char *want)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(table_clear) struct table back = { 0 };
	struct table_spec spec = { .columns = t->columns,
		.n_columns = t->n_columns };
	struct table_import in = { .n_texts = 1, .format = *format };
	struct bytes bytes;

	OK(file_open_temp(store_temp_dir(st), &fd, &err));
	OK(table_write_csv(st, t, format, fd, &err));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	OK(file_read_fd(fd, FILE_MAX, &text, &err));
	if (want != NULL)
		assert_string_equal(text.p, want);
	bytes = buf_bytes(&text);
	in.texts = &bytes;
	if (format->no_header)
		spec.n_columns = 0;
	OK(table_import(st, &in, &spec, &back, NULL, &err));
	if (!format->no_header)
		assert_true(digest_eq(&back.id, &t->id));
	else
		assert_int_equal(back.rows, t->rows);
}

static void tables_become_files(void **state)
{
	static const struct csv_format plain = { 0 };
	static const struct csv_format r = { .null = "NA" };
	static const struct csv_format pipe = { .delimiter = '|',
		.quote = '\'' };
	static const struct csv_format bare = { .no_header = true };
	static const struct csv_format command = { .one_column_null = true };
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, one = { 0 };

	OK(build_text(p->st,
	    "a:integer,b:text\n2,\"x,y\"\n1,\n3,\"\"\n4,NA\n5,it's|\"q\"\n",
	    &no_contract, &t, &err));
	expect_round(p->st, &t, &plain,
	    "a,b\n1,\n2,\"x,y\"\n3,\"\"\n4,NA\n5,\"it's|\"\"q\"\"\"\n");
	expect_round(p->st, &t, &r,
	    "a,b\n1,NA\n2,\"x,y\"\n3,\"\"\n4,\"NA\"\n"
	    "5,\"it's|\"\"q\"\"\"\n");
	expect_round(p->st, &t, &pipe,
	    "a|b\n1|\n2|x,y\n3|''\n4|NA\n5|'it''s|\"q\"'\n");
	expect_round(p->st, &t, &bare,
	    "1,\n2,\"x,y\"\n3,\"\"\n4,NA\n5,\"it's|\"\"q\"\"\"\n");
	OK(build_text(p->st, "a:integer\n2\n\n1\n", &no_contract, &one, &err));
	expect_round(p->st, &one, &command, "a\n\"\"\n1\n2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_inferred),
		cmocka_unit_test(headers_are_mended),
		cmocka_unit_test(the_deciding_row_is_told),
		cmocka_unit_test(late_rows_decide_too),
		cmocka_unit_test(errors_name_the_file),
		cmocka_unit_test(declared_types_win),
		cmocka_unit_test(several_texts_are_one_table),
		cmocka_unit_test(headers_that_differ),
		cmocka_unit_test(many_columns_that_differ),
		cmocka_unit_test(rows_that_differ),
		cmocka_unit_test(bad_rows_of_declared_types),
		cmocka_unit_test(pinned_types_win),
		cmocka_unit_test(formats_are_read),
		cmocka_unit_test(mosaiq_has_its_types),
		cmocka_unit_test(record_numbers_keep_their_zeros),
		cmocka_unit_test(tables_become_files),
	};

	return cmocka_run_group_tests(tests, place_open, place_close);
}
