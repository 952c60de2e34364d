/* In what two tables of one node differ. */
#include "tests/unit/cache/table_help.h"

#include "cache/differs.h"

static const struct table_spec plain;
static const struct table_spec ordered = { .ordered = true };

static struct differs find(struct place *p, const struct table_spec *spec,
    const char *one, const char *two, enum differs_how how)
{
	CLEANUP(table_clear) struct table a = { 0 };
	CLEANUP(table_clear) struct table b = { 0 };
	struct differs out;

	OK(build_text(p->st, one, spec, &a, &err));
	OK(build_text(p->st, two, spec, &b, &err));
	OK(differs_find(p->st, &a, &b, how, &out, &err));
	return out;
}

static void values_are_others(void **state)
{
	struct differs d = find(*state, &plain,
	    "id:integer,n:integer,t:text\n1,1,a\n2,2,\n",
	    "id:integer,n:integer,t:text\n1,1,a\n2,3,\"\"\n", DIFFERS_AT_ALL);

	assert_true(d.rows);
	assert_string_equal(d.columns, "n\nt"); /* NULL is no empty text */
}

/* No column has other values: one of them goes with others. */
static void values_go_together_otherwise(void **state)
{
	const char *one = "id:integer,d:text,n:integer\n1,x,1\n2,x,2\n3,y,3\n";
	struct differs d = find(*state, &plain, one,
	    "id:integer,d:text,n:integer\n1,x,2\n2,x,1\n3,y,3\n",
	    DIFFERS_AT_ALL);

	assert_true(d.rows);
	assert_string_equal(d.columns, "id\nn");
	d = find(*state, &plain, "a:text,b:text,c:text\n1,1,1\n2,2,2\n3,3,3\n",
	    "a:text,b:text,c:text\n1,2,3\n2,3,1\n3,1,2\n", DIFFERS_AT_ALL);
	assert_true(d.rows);
	assert_string_equal(d.columns, "");
}

static void rows_are_others(void **state)
{
	struct differs d = find(*state, &plain, "a:text,b:text\nx,y\n",
	    "a:text,b:text\nx,y\nx,y\n", DIFFERS_AT_ALL);

	assert_true(d.rows);
	assert_string_equal(d.columns, "a\nb");
	d = find(*state, &plain, "a:text\n", "a:text\nx\n", DIFFERS_AT_ALL);
	assert_true(d.rows);
	assert_string_equal(d.columns, "a");
}

static void only_the_order_is_another(void **state)
{
	struct differs d = find(*state, &ordered, "a:text\nx\ny\n",
	    "a:text\ny\nx\n", DIFFERS_AT_ALL);

	assert_false(d.rows);
	assert_string_equal(d.columns, "");
}

static void the_last_digits_of_a_sum(void **state)
{
	const char *one = "id:integer,s:real\n1,0.6\n";
	const char *two = "id:integer,s:real\n1,0.6000000000000001\n";
	struct differs d = find(*state, &plain, one, two, DIFFERS_AT_ALL);

	assert_true(d.rows);
	assert_string_equal(d.columns, "s");
	d = find(*state, &plain, one, two, DIFFERS_NEARLY);
	assert_false(d.rows);
	assert_string_equal(d.columns, "");
}

static void columns_are_others(void **state)
{
	struct differs d =
	    find(*state, &plain, "id:integer,n:integer,was:text\n1,1,a\n",
	        "id:integer,n:text,is:text\n1,1,a\n", DIFFERS_AT_ALL);
	CLEANUP(buf_clear) struct buf shown = { 0 };

	assert_true(d.rows);
	assert_string_equal(d.columns, "n\nwas\nis");
	differs_print(d.columns, &shown);
	OK(buf_check(&shown, &err));
	assert_memory_equal(shown.p, "n, was, is", 10);
	assert_int_equal(shown.n, 10);
	d = find(*state, &plain, "a:text,b:text\nx,y\n", "b:text,a:text\ny,x\n",
	    DIFFERS_AT_ALL);
	assert_true(d.rows); /* the same, in another order */
	assert_string_equal(d.columns, "");
}

/* Names that have no room are left out whole. */
static void many_columns(void **state)
{
	char one[1200] = "", two[1200] = "", name[64];
	struct differs d;
	int i;

	for (i = 0; i < 15; i++) {
		snprintf(name, sizeof(name), "%s%c%049d:integer", i ? "," : "",
		    'a' + i, i);
		strcat(one, name);
	}
	strcpy(two, one);
	strcat(one, "\n1,1,1,1,1,1,1,1,1,1,1,1,1,1,1\n");
	strcat(two, "\n2,2,2,2,2,2,2,2,2,2,2,2,2,2,2\n");
	d = find(*state, &plain, one, two, DIFFERS_AT_ALL);
	assert_int_equal(strlen(d.columns), 7 * 50 + 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_others),
		cmocka_unit_test(values_go_together_otherwise),
		cmocka_unit_test(rows_are_others),
		cmocka_unit_test(only_the_order_is_another),
		cmocka_unit_test(the_last_digits_of_a_sum),
		cmocka_unit_test(columns_are_others),
		cmocka_unit_test(many_columns),
	};

	return cmocka_run_group_tests(tests, place_open, place_close);
}
