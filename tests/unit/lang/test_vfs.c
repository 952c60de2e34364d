/* Mounts, hiding, super, late binding, parameters, places of errors. */
#include "tests/unit/lang/fixture.h"

#define LIBRARY                                                       \
	FILE_OF("common/varian/library", "@abstract\n@param site\n"), \
	    FILE_OF("common/varian/raw.csv", "id\n1\n"),              \
	    FILE_OF("common/varian/Patient.sql",                      \
	        SQL "@depend ./raw as r\nSELECT {{site}} FROM r\n"),  \
	    FILE_OF("common/varian/Physician.sql",                    \
	        SQL "@depend ./Patient as p\nSELECT 1 FROM p\n")

static void test_a_mount_brings_the_library(void **state)
{
	static const struct memory_file files[] = { LIBRARY,
		FILE_OF("A/Varian", "@include common/varian site=A\n"),
		FILE_OF("B/EHR", "@include ../common/varian site=it's\n") };
	struct loaded x;
	const struct node *n;

	(void)state;
	LOAD(&x, files);
	assert_said(&x, "");
	assert_int_equal(x.p->n, 6);
	assert_body(&x, "A/Patient", "SELECT 'A' FROM r\n");
	assert_body(&x, "B/Patient", "SELECT 'it''s' FROM r\n");
	assert_string_equal(input_of(&x, "A/Physician", "p"), "A/Patient");
	n = node_of(&x, "B/Patient");
	assert_string_equal(n->file, "common/varian/Patient.sql");
	assert_int_equal(n->body_line, 3);
	assert_int_equal(n->n_include, 1);
	assert_string_equal(n->include[0].path, "B/EHR");
	assert_string_equal(n->parameters[0].at.path, "B/EHR");
	assert_int_equal(n->parameters[0].at.col, 27);
	unload(&x);
}

static void test_hiding_is_late_bound(void **state)
{
	static const struct memory_file files[] = {
		LIBRARY, FILE_OF("B/EHR", "@include common/varian site=B\n"),
		FILE_OF("B/raw.tsv", "id\n"),
		FILE_OF("B/Patient.py",
		    "# @override\n# @include action/python\n"
		    "# @depend super as s\n# @param x 1\nf({{site}}, {{x}})\n")
	};
	struct loaded x;

	(void)state;
	LOAD(&x, files);
	assert_said(&x, "");
	assert_int_equal(x.p->n, 4);
	assert_string_equal(input_of(&x, "B/Physician", "p"), "B/Patient");
	assert_string_equal(input_of(&x, "B/Patient", "s"), "B/Patient^");
	assert_string_equal(input_of(&x, "B/Patient^", "r"), "B/raw");
	assert_string_equal(node_of(&x, "B/raw")->file, "B/raw.tsv");
	assert_string_equal(node_of(&x, "B/raw")->hides, "B/raw^");
	assert_null(pipeline_find(x.p, "B/raw^"));
	assert_int_equal(node_of(&x, "B/raw")->format.delimiter, '\t');
	/* it stands in the mounted one's place, and sees its parameters */
	assert_body(&x, "B/Patient", "f('B', '1')\n");
	unload(&x);
}

static void assert_file(const struct node *n, size_t i, const char *path,
    const char *header)
{
	assert_true(i < n->n_files);
	assert_string_equal(n->files[i].path, path);
	assert_int_equal(n->files[i].header.n, strlen(header));
	assert_memory_equal(n->files[i].header.p, header, strlen(header));
}

static void test_headers_are_kept_where_asked_for(void **state)
{
	static const struct memory_file files[] = { LIBRARY,
		FILE_OF("B/EHR", "@include common/varian site=B\n"),
		FILE_OF("B/Physician.sql",
		    "-- ours\n@include super\n@doc Who\nSELECT 2 FROM p\n") };
	const struct pipeline_options options = { .keep_headers = true };
	struct loaded x;
	const struct node *n;

	(void)state;
	load(&x, files, ARRAY_LEN(files), &options);
	assert_said(&x, "");
	n = node_of(&x, "B/Physician");
	assert_int_equal(n->n_files, 2);
	assert_file(n, 0, "B/Physician.sql",
	    "-- ours\n@include super\n@doc Who\n");
	assert_file(n, 1, "common/varian/Physician.sql",
	    SQL "@depend ./Patient as p\n");
	assert_int_equal(node_of(&x, "B/Patient")->n_files, 1);
	assert_int_equal(node_of(&x, "B/raw")->n_files, 1);
	unload(&x);
	LOAD(&x, files);
	assert_int_equal(node_of(&x, "B/Physician")->n_files, 0);
	unload(&x);
}

static void test_mounts_nest(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("base/g", "@abstract\n@param u\n"),
		FILE_OF("base/X.sql", SQL "SELECT {{u}}\n"),
		FILE_OF("base/sub/Y.sql",
		    SQL "@depend ../X as x\n@depend ../../terms/T\nSELECT 1\n"),
		FILE_OF("mid/g",
		    "@abstract\n@include /base u={{v}}\n@param v\n"),
		FILE_OF("mid/X.sql", SQL "@depend super as s\nSELECT 2\n"),
		FILE_OF("C/m", "@include /mid v=7\n"),
		FILE_OF("C/X.sql", SQL "@depend super as s\nSELECT 3\n"),
		FILE_OF("terms/T.csv", "a\n")
	};
	struct loaded x;

	(void)state;
	LOAD(&x, files);
	assert_said(&x, "");
	assert_string_equal(input_of(&x, "C/X", "s"), "C/X^");
	assert_string_equal(input_of(&x, "C/X^", "s"), "C/X^^");
	assert_body(&x, "C/X^^", "SELECT '7'\n");
	assert_string_equal(input_of(&x, "C/sub/Y", "x"), "C/X");
	assert_string_equal(input_of(&x, "C/sub/Y", "T"), "terms/T");
	assert_int_equal(node_of(&x, "C/X^^")->n_include, 2);
	assert_string_equal(node_of(&x, "C/X^^")->include[0].path, "mid/g");
	unload(&x);
}

static void test_parameters_nearest_first(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("L/g",
		    "@abstract\n@param a 0\n@param b 0\n@param c 0\n@param d 0\n"
		    "@param e 0\n@set d lib\n@set c lib\n"),
		FILE_OF("L/X.sql",
		    SQL "@set a own\n"
		        "SELECT {{a}},{{b}},{{c}},{{d}},{{e}},{{f}}\n"),
		FILE_OF("settings", "@param f 9\n@set c group\n@set b group\n"),
		FILE_OF("C/m", "@include /L a=mount b=mount\n")
	};
	static const struct parameter_value set[] = { { "d", "run" },
		{ "f", "run" } };
	struct pipeline_options options = { .set = set, .n_set = 2 };
	struct loaded x;

	(void)state;
	load(&x, files, ARRAY_LEN(files), &options);
	assert_said(&x, "");
	assert_body(&x, "C/X",
	    "SELECT 'own','mount','group','run','0','run'\n");
	unload(&x);
}

static void test_a_pattern_is_a_union(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("ClinicB/P.csv", "a\n"),
		FILE_OF("ClinicA/P.csv", "a\n"), FILE_OF("x/P.csv", "a\n"),
		FILE_OF("lib/g", "@abstract\n"),
		FILE_OF("ClinicL/P.sql", SQL "@depend /Clinic*/P as p (a)\n1\n")
	};
	const struct input *in;
	struct loaded x;

	(void)state;
	LOAD(&x, files);
	assert_said(&x, "");
	in = node_of(&x, "ClinicL/P")->inputs;
	assert_true(in->is_union);
	assert_int_equal(in->n_nodes, 2);
	assert_string_equal(in->from[0], "A");
	assert_string_equal(in->from[1], "B");
	assert_string_equal(x.p->nodes[in->nodes[1]].path, "ClinicB/P");
	assert_string_equal(in->columns[0], "a");
	unload(&x);
}

/* A name on a disk may be anything: the * of a pattern is the user's one. */
static void test_a_star_in_a_name(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("a/Q*.csv", "id\n1\n"),
		FILE_OF("a**/R.sql", SQL "@depend ./Q* as q\nSELECT 1\n"),
		FILE_OF("b*/S.sql", SQL "@depend ./x*/../Q as q\nSELECT 1\n"),
	};
	struct loaded x;

	(void)state;
	LOAD(&x, files);
	assert_said(&x,
	    "a**/R.sql:2:9: a pattern has one *, and here a directory's name "
	    "has one too: rename the directory\n"
	    "b*/S.sql:2:9: no node matches ./x*/../Q\n");
	unload(&x);
}

static void test_inheriting(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("Base.sql",
		    SQL "@depend ./t\n@depend ./u as v\n@doc one\n@timeout 5m\n"
		        "@column a int\n@column b text\n@param n:int 1\n"
		        "SELECT {{n}}\n"),
		FILE_OF("Copy",
		    "@include ./Base n=2\n@depend ./u as t\n@doc two\n"
		    "@column a real Gy \"dose\"\n@timeout 1h\n"),
		FILE_OF("t.csv", "a\n"), FILE_OF("u.csv", "a\n")
	};
	const struct node *n;
	struct loaded x;

	(void)state;
	LOAD(&x, files);
	assert_said(&x, "");
	n = node_of(&x, "Copy");
	assert_string_equal(n->file, "Base.sql");
	assert_string_equal(n->own_file, "Copy");
	assert_body(&x, "Copy", "SELECT 2\n");
	assert_string_equal(input_of(&x, "Copy", "t"), "u");
	assert_string_equal(input_of(&x, "Copy", "v"), "u");
	assert_string_equal(n->doc, "one\ntwo");
	assert_int_equal(n->timeout_ms, 3600000);
	assert_int_equal(n->contract.n_columns, 2);
	assert_string_equal(n->contract.columns[0].type, "real");
	assert_string_equal(n->contract.columns[0].unit, "Gy");
	unload(&x);
}

static void test_errors_are_told_all_and_in_order(void **state)
{
	static const struct memory_file files[] = { LIBRARY,
		FILE_OF("A/m", "@include common/varian sitee=A\n"),
		FILE_OF("A/Patien.sql", "@override\n" SQL "1\n"),
		FILE_OF("B.sql", SQL "@depend Patient\n@depend ./C as c\n1\n"),
		FILE_OF("C.sql", SQL "@depend ./B as b\n1\n") };
	struct loaded x;

	(void)state;
	LOAD(&x, files);
	assert_int_equal(x.rc, ERROR_CYCLE);
	assert_string_equal(x.err.path, "A/Patien.sql");
	assert_said(&x,
	    "A/Patien.sql:1:1: @override, but this hides nothing: no mount "
	    "brings A/Patien; did you mean Patient?\n"
	    "A/m:1:1: no value for the parameter site (declared at "
	    "common/varian/library:2): give it, site=VALUE behind @include's "
	    "path or @set site VALUE\n"
	    "A/m:1:24: nothing that this reaches declares a parameter sitee; "
	    "did you mean site?\n"
	    "B.sql:2:9: a path has a slash: did you mean ./Patient, or /Patient from the root?\n"
	    "B.sql:3:1: nodes read each other in a circle: B -> C -> B\n");
	unload(&x);
}

static void test_at_most_a_hundred_errors(void **state)
{
	static char names[200][16];
	static struct memory_file files[200];
	static const char text[] = SQL "@depend ./nobody as x\nSELECT 1\n";
	struct loaded x;
	size_t i;

	(void)state;
	for (i = 0; i < 200; i++) {
		names[i][0] = 'N';
		names[i][1] = (char)('0' + i / 100);
		names[i][2] = (char)('0' + i / 10 % 10);
		names[i][3] = (char)('0' + i % 10);
		files[i].path = names[i];
		files[i].text = (struct bytes){ text, sizeof(text) - 1 };
	}
	LOAD(&x, files);
	assert_int_equal(x.p->n_errors, 100);
	assert_string_equal(x.p->diagnostics[100].message,
	    "and 100 more messages, not shown");
	unload(&x);
}

static void test_recipes(void **state)
{
	static const struct memory_file one[] = {
		FILE_OF("X.sql", SQL "@depend ./T as t\n@doc a\nSELECT 1\n"),
		FILE_OF("T.csv", "a\n"),
		FILE_OF("P.py",
		    "# @include action/python\n# @file ./m.py\n1\n"),
		FILE_OF("m.py", "1")
	};
	/* moved, with another @doc, a test, a limit and a parameter */
	static const struct memory_file two[] = {
		FILE_OF("d/Y.sql",
		    "-- b\n" SQL "@param q 1\n@timeout 1s\n@depend ../Z as t\n"
		    "SELECT 1\n"),
		FILE_OF("Z.csv", "a\n"),
		FILE_OF("P.py",
		    "# @include action/python\n# @file ./m.py\n1\n"),
		FILE_OF("m.py", "2")
	};
	static const struct memory_file three[] = {
		FILE_OF("X.sql", SQL "@depend ./T as t\nSELECT 1\n"),
		FILE_OF("T.csv", "b\n"),
		FILE_OF("K.sql", SQL "@key a\nSELECT 1\n"),
		FILE_OF("L.sql", SQL "SELECT 1\n"),
		FILE_OF("M.sql", "@include action/sql/duckdb\nSELECT 1\n")
	};
	struct loaded x, y, z;

	(void)state;
	LOAD(&x, one);
	LOAD(&y, two);
	LOAD(&z, three);
	assert_true(same_recipe(&x, "X", &y, "d/Y"));
	assert_true(same_recipe(&x, "T", &y, "Z"));
	assert_false(same_recipe(&x, "P", &y, "P"));
	assert_false(same_recipe(&x, "T", &z, "T"));
	assert_false(same_recipe(&x, "X", &z, "X"));
	assert_false(same_recipe(&z, "K", &z, "L"));
	assert_false(same_recipe(&z, "M", &z, "L"));
	unload(&x);
	unload(&y);
	unload(&z);
}

static void test_select(void **state)
{
	static const struct memory_file files[] = { FILE_OF("a/X.csv", "a\n"),
		FILE_OF("a/b/Y.sql", SQL "@depend ../X as x\n1\n"),
		FILE_OF("a2/Z.sql", SQL "@depend /a/b/Y\n1\n"),
		/* before a/X in order */
		FILE_OF("a-/V.csv", "a\n") };
	static const char *const here[] = { "b/Y" }, *const dir[] = { "." },
	                         *const wrong[] = { "/a/b/W" },
	                         *const out[] = { "../.." },
	                         *const all[] = { "/" };
	bool set[4] = { false };
	struct error err = { 0 };
	struct loaded x;

	(void)state;
	LOAD(&x, files);
	assert_int_equal(pipeline_select(x.p, "a", here, 1, set, NULL), 0);
	assert_true(!set[0] && !set[1] && set[2] && !set[3]);
	pipeline_close_over_inputs(x.p, set);
	assert_true(!set[0] && set[1] && set[2] && !set[3]);
	memset(set, 0, sizeof(set));
	assert_int_equal(pipeline_select(x.p, "a", dir, 1, set, NULL), 0);
	assert_true(!set[0] && set[1] && set[2] && !set[3]);
	assert_int_equal(pipeline_select(x.p, "a", all, 1, set, NULL), 0);
	assert_true(set[0] && set[1] && set[2] && set[3]);
	assert_int_equal(pipeline_select(x.p, "", wrong, 1, set, &err),
	    ERROR_USAGE);
	assert_non_null(strstr(err.msg, "/a/b/Y"));
	assert_int_equal(pipeline_select(x.p, "a", out, 1, set, NULL),
	    ERROR_USAGE);
	unload(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_mount_brings_the_library),
		cmocka_unit_test(test_hiding_is_late_bound),
		cmocka_unit_test(test_headers_are_kept_where_asked_for),
		cmocka_unit_test(test_mounts_nest),
		cmocka_unit_test(test_parameters_nearest_first),
		cmocka_unit_test(test_a_pattern_is_a_union),
		cmocka_unit_test(test_a_star_in_a_name),
		cmocka_unit_test(test_inheriting),
		cmocka_unit_test(test_errors_are_told_all_and_in_order),
		cmocka_unit_test(test_at_most_a_hundred_errors),
		cmocka_unit_test(test_recipes),
		cmocka_unit_test(test_select),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
