/* jobspec: keys. A golden preimage, so that no upgrade moves a key unseen, and
 * the property that two different jobs never have one preimage. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/json.h"
#include "cache/base/map.h"
#include "cache/base/mem.h"
#include "runner/explain.h"
#include "runner/jobspec.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/fault_memory.h"

static struct digest digest_of_text(const char *text)
{
	struct digest d;

	assert_int_equal(digest_of(bytes_of(text), &d, NULL), 0);
	return d;
}

/* Everything a job may have, each with something in it. */
struct sample {
	struct action action;
	struct contract_column column;
	const char *key[1];
	struct input input;
	struct helper helper;
	struct node node;
	struct column columns[2];
	struct table table;
	bool read[2];
	struct digest digests[2];
	struct job_input job_input;
	struct job_helper job_helper;
	struct snapshot snapshot;
	struct job job;
};

static void sample_make(struct sample *s)
{
	static char id[] = "id", name[] = "name";

	*s = (struct sample){ 0 };
	s->action = (struct action){ .path = "action/python",
		.engine = "command",
		.run = "python3 {{@file}}",
		.text = digest_of_text("action") };
	s->column = (struct contract_column){ .name = "id",
		.type = "integer",
		.doc = "not in the key" };
	s->key[0] = "id";
	s->input = (struct input){ .name = "p" };
	s->helper = (struct helper){ .name = "lib.py", .path = "x/lib.py" };
	s->node = (struct node){ .path = "ClinicA/Patient",
		.kind = NODE_CODE,
		.file = "ClinicA/Patient.py",
		.file_name = "Patient.py",
		.body = bytes_of("print(\"caf\xc3\xa9\")\n"),
		.body_line = 7,
		.inputs = &s->input,
		.n_inputs = 1,
		.helpers = &s->helper,
		.n_helpers = 1,
		.contract = { .key = s->key,
		    .n_key = 1,
		    .columns = &s->column,
		    .n_columns = 1 },
		.format = { .null = "NA" },
		.threads = 2,
		.timeout_ms = 5000,
		.doc = "not in the key" };
	s->columns[0] = (struct column){ id, { .kind = TYPE_INTEGER } };
	s->columns[1] = (struct column){ name, { .kind = TYPE_TEXT } };
	s->table = (struct table){ .id = digest_of_text("table"),
		.columns = s->columns,
		.n_columns = 2,
		.rows = 3 };
	s->read[0] = true;
	s->digests[0] = digest_of_text("column");
	s->job_input = (struct job_input){ .name = "p",
		.table = &s->table,
		.read = s->read,
		.digests = s->digests };
	s->job_helper = (struct job_helper){ "lib.py", digest_of_text("lib"),
		bytes_of("lib") };
	snprintf(s->snapshot.date, sizeof(s->snapshot.date), "2026-11-20");
	s->snapshot.id = digest_of_text("snapshot");
	s->job = (struct job){ .node = &s->node,
		.action = &s->action,
		.version = "3.11.2",
		.inputs = &s->job_input,
		.helpers = &s->job_helper,
		.snapshot = &s->snapshot };
}

static void print_what(const struct job *job, struct buf *out)
{
	json_auto_t *what = NULL;

	assert_int_equal(jobspec_what(job, &what, NULL), 0);
	assert_int_equal(json_print(what, out, NULL), 0);
}

static void test_golden(void **state)
{
	CLEANUP(buf_clear) struct buf got = { 0 }, want = { 0 };
	json_auto_t *what = NULL;
	char hex[DIGEST_HEX + 1];
	struct digest key;
	struct sample s;

	(void)state;
	sample_make(&s);
	print_what(&s.job, &got);
	assert_int_equal(
	    file_read("tests/cases/formats/job.json", 1 << 20, &want, NULL), 0);
	assert_string_equal(got.p, want.p);
	assert_int_equal(jobspec_what(&s.job, &what, NULL), 0);
	assert_int_equal(jobspec_key(what, &key, NULL), 0);
	digest_print(&key, hex);
	/* sha256sum tests/cases/formats/job.json */
	assert_string_equal(hex,
	    "49ae314f8e2ca67ccb7b86f5e59ed9d5"
	    "6278eb5c3163fc6ce14858734666ea61");
}

/* What is not in a key: path, file, line, docs, limits. */
static void test_not_in_the_key(void **state)
{
	CLEANUP(buf_clear) struct buf one = { 0 }, two = { 0 };
	struct sample s;

	(void)state;
	sample_make(&s);
	print_what(&s.job, &one);
	s.node.path = "ClinicB/Other";
	s.node.file = "ClinicB/Other.py";
	s.node.body_line = 99;
	s.node.doc = s.node.owner = "somebody";
	s.node.timeout_ms = s.node.memory_bytes = 1;
	s.node.pool = "big";
	s.node.release = true;
	s.column.doc = s.column.unit = "cm";
	print_what(&s.job, &two);
	assert_string_equal(one.p, two.p);
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	return *seed >> 33;
}

/* A short text of few letters, so that texts often meet at their seams. */
static const char *word(uint64_t *seed, char room[8])
{
	static const char letters[] = "ab\",:{}[]\\\n0";
	size_t n = next(seed) % 4, i;

	for (i = 0; i < n; i++)
		room[i] = letters[next(seed) % (sizeof(letters) - 1)];
	room[n] = '\0';
	return room;
}

/* A job made of random words, and the same words framed by their lengths: two
 * jobs are the same where the frames are. */
static void random_job(uint64_t *seed, struct sample *s, char room[12][8],
    struct buf *frame)
{
	size_t i;

	sample_make(s);
	for (i = 0; i < 12; i++) {
		word(seed, room[i]);
		if (i < 8)
			buf_printf(frame, "%zu:%s,", strlen(room[i]), room[i]);
	}
	s->node.body = bytes_of(room[0]);
	s->node.file_name = room[1];
	s->job.version = room[2];
	s->input.name = s->job_input.name = room[3];
	s->job_helper.name = room[4];
	s->column.name = room[5];
	s->key[0] = room[6];
	s->columns[0].name = room[7];
	s->node.contract.ordered = next(seed) % 2;
	s->node.n_helpers = next(seed) % 2;
	s->read[1] = next(seed) % 2;
	s->table.rows = next(seed) % 3;
	s->node.volatile_reason = next(seed) % 2 ? "x" : NULL;
	s->node.kind = next(seed) % 5 ? NODE_CODE : NODE_SOURCE;
	buf_printf(frame, "%d %zu %d %d %d %d", s->node.contract.ordered,
	    (size_t)s->node.n_helpers, s->read[1], (int)s->table.rows,
	    s->node.volatile_reason != NULL, s->node.kind);
	if (s->node.n_helpers == 0 || s->node.kind == NODE_SOURCE) {
		/* a name that is not there does not count */
		buf_printf(frame, "!");
	}
}

static void test_different_jobs_differ(void **state)
{
	enum {
		ROUNDS = 60000
	};
	uint64_t seed = 20261120, i;
	struct map by_frame = { 0 }, by_what = { 0 };
	struct arena a = { 0 };

	(void)state;
	print_message("seed %" PRIu64 "\n", seed);
	for (i = 0; i < ROUNDS; i++) {
		CLEANUP(buf_clear) struct buf frame = { 0 }, what = { 0 };
		char room[12][8], *f, *w, *other;
		struct sample s;

		random_job(&seed, &s, room, &frame);
		if (s.node.kind == NODE_SOURCE || s.node.n_helpers == 0)
			continue;
		print_what(&s.job, &what);
		f = arena_strdup(&a, frame.p);
		w = arena_strdup(&a, what.p);
		other = map_get(&by_what, w);
		if (other != NULL)
			assert_string_equal(other, f);
		other = map_get(&by_frame, f);
		if (other != NULL)
			assert_string_equal(other, w);
		assert_int_equal(map_set(&by_what, w, f, NULL), 0);
		assert_int_equal(map_set(&by_frame, f, w, NULL), 0);
	}
	assert_true(by_what.n > 10000);
	assert_int_equal(by_what.n, by_frame.n);
	map_clear(&by_what);
	map_clear(&by_frame);
	arena_clear(&a);
}

static void outline_of(const struct sample *s, const char *date,
    char hex[DIGEST_HEX + 1])
{
	const struct digest *ids[] = { &s->table.id };
	struct digest d;

	assert_int_equal(jobspec_outline(&s->job, ids, date, &d, NULL), 0);
	hex[0] = '\0';
	if (!digest_is_null(&d))
		digest_print(&d, hex);
}

/* Of whole tables an outline and a key tell apart the same. */
static void test_outlines(void **state)
{
	enum {
		ROUNDS = 60000
	};
	uint64_t seed = 20261127, i;
	struct map by_outline = { 0 };
	struct arena a = { 0 };
	size_t n = 0;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		CLEANUP(buf_clear) struct buf frame = { 0 }, what = { 0 };
		char room[12][8], hex[DIGEST_HEX + 1], *other;
		struct sample s;

		random_job(&seed, &s, room, &frame);
		s.job_input.read = NULL;
		s.job_input.digests = NULL;
		s.node.threads = 1 + (int)(seed % 2);
		if (seed % 3 == 0)
			s.table.id = digest_of_text("another");
		if (seed % 7 == 0)
			s.action.text = digest_of_text("another");
		outline_of(&s, "2026-11-20", hex);
		if (s.node.kind == NODE_SOURCE || s.node.n_helpers > 0 ||
		    s.node.volatile_reason != NULL) {
			assert_string_equal(hex, "");
			continue;
		}
		print_what(&s.job, &what);
		other = map_get(&by_outline, hex);
		if (other != NULL)
			assert_string_equal(other, what.p);
		n += other == NULL;
		assert_int_equal(map_set(&by_outline, arena_strdup(&a, hex),
		                     arena_strdup(&a, what.p), NULL),
		    0);
	}
	assert_true(n > 5000);
	map_clear(&by_outline);
	arena_clear(&a);
}

/* The date counts where DuckDB may ask for it, and declared columns do. */
static void test_outline_of_dates_and_columns(void **state)
{
	static const char *const columns[] = { "id" };
	char one[DIGEST_HEX + 1], two[DIGEST_HEX + 1];
	struct sample s;

	(void)state;
	sample_make(&s);
	s.node.n_helpers = 0;
	outline_of(&s, "2026-11-20", one);
	outline_of(&s, "2026-11-21", two);
	assert_string_equal(one, two);
	s.input.columns = columns;
	s.input.n_columns = 1;
	outline_of(&s, "2026-11-20", two);
	assert_string_not_equal(one, two);
	s.action.engine = "duckdb";
	s.node.body = bytes_of("SELECT current_date AS d\n");
	outline_of(&s, "2026-11-20", one);
	outline_of(&s, "2026-11-21", two);
	assert_string_not_equal(one, two);
}

static const char *differs(struct sample *after, char out[200])
{
	json_auto_t *x = NULL, *y = NULL;
	struct sample before;

	sample_make(&before);
	assert_int_equal(jobspec_what(&before.job, &x, NULL), 0);
	assert_int_equal(jobspec_what(&after->job, &y, NULL), 0);
	explain_difference(x, y, out, 200);
	return out;
}

static void test_explained(void **state)
{
	struct sample s;
	char out[200];

	(void)state;
	sample_make(&s);
	assert_string_equal(differs(&s, out), "");
	s.node.body = bytes_of("other");
	assert_string_equal(differs(&s, out), "code");
	sample_make(&s);
	s.job.version = "3.12";
	assert_string_equal(differs(&s, out), "version of command");
	sample_make(&s);
	s.node.contract.ordered = true;
	assert_string_equal(differs(&s, out), "contract");
	sample_make(&s);
	s.job_helper.blob = digest_of_text("lib 2");
	assert_string_equal(differs(&s, out), "helper lib.py");
	sample_make(&s);
	s.table.rows = 4;
	assert_string_equal(differs(&s, out), "input p: rows");
	sample_make(&s);
	s.digests[0] = digest_of_text("column 2");
	assert_string_equal(differs(&s, out), "input p: column id");
	sample_make(&s);
	s.node.n_inputs = 0;
	assert_string_equal(differs(&s, out), "fewer inputs");
	sample_make(&s);
	s.node.threads = 3;
	assert_string_equal(differs(&s, out), "threads");
}

/* An image stands in the place of the parts; the key does not know of it. */
static void test_image(void **state)
{
	struct table_part parts[2] = { { .bytes = 4, .rows = 1 },
		{ .bytes = 5, .rows = 2 } };
	struct sample s;
	char out[200];
	const json_t *input, *given;
	json_t *request = NULL;
	struct digest key = digest_of_text("key");

	(void)state;
	sample_make(&s);
	s.table.parts = parts;
	s.table.n_parts = 2;
	s.job_input.image_bytes = 8192;
	assert_string_equal(differs(&s, out), "");
	assert_int_equal(jobspec_request(&s.job, "run", &key, &request, NULL),
	    0);
	input = json_array_get(json_object_get(request, "inputs"), 0);
	assert_true(json_is_true(json_object_get(input, "image")));
	given = json_object_get(input, "parts");
	assert_int_equal(json_array_size(given), 1);
	given = json_array_get(given, 0);
	assert_int_equal(json_integer_value(json_object_get(given, "bytes")),
	    8192);
	assert_int_equal(json_integer_value(json_object_get(given, "rows")), 3);
	json_decref(request);
	s.job_input.image_bytes = 0;
	assert_int_equal(jobspec_request(&s.job, "run", &key, &request, NULL),
	    0);
	input = json_array_get(json_object_get(request, "inputs"), 0);
	assert_null(json_object_get(input, "image"));
	assert_int_equal(json_array_size(json_object_get(input, "parts")), 2);
	json_decref(request);
}

/* The text of one member of what a job is. */
static void assert_what(const struct job *job, const char *name,
    const char *wanted)
{
	CLEANUP(buf_clear) struct buf got = { 0 };
	json_auto_t *what = NULL;

	assert_int_equal(jobspec_what(job, &what, NULL), 0);
	if (wanted == NULL) {
		assert_null(json_object_get(what, name));
		return;
	}
	assert_int_equal(json_print(json_object_get(what, name), &got, NULL),
	    0);
	got.p[got.n - 1] = '\0'; /* json_print() ends with a LF */
	assert_string_equal(got.p, wanted);
}

/* A text's form is of the contract, with no word but those that are said. */
static void test_forms_of_text(void **state)
{
	static const struct {
		struct text_format format;
		const char *said;
	} cases[] = {
		{ { 0 }, "{}" },
		{ { .delimiter = ';' }, "{\"delimiter\":\";\"}" },
		{ { .quote = '\'' }, "{\"quote\":\"'\"}" },
		{ { .quote = QUOTE_NONE }, "{\"quote\":\"none\"}" },
		{ { .no_header = true }, "{\"header\":false}" },
		{ { .windows_1252 = true }, "{\"encoding\":\"windows-1252\"}" },
		{ { .null = "-" }, "{\"null\":\"-\"}" },
	};
	struct sample s;
	char wanted[200];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		sample_make(&s);
		s.node.format = cases[i].format;
		snprintf(wanted, sizeof(wanted),
		    "{\"columns\":[[\"id\",\"integer\"]],\"format\":%s,"
		    "\"key\":[\"id\"],\"ordered\":false}",
		    cases[i].said);
		assert_what(&s.job, "contract", wanted);
	}
}

/* What is said of a form is what the reader of CSV is told; a word that is
 * longer than there is room for is none (load refuses it). */
static void test_a_form_as_the_reader_has_it(void **state)
{
	struct text_format said = { 0 };
	struct csv_format f = jobspec_format(&said, false, false);

	(void)state;
	assert_int_equal(f.delimiter, ',');
	assert_int_equal(f.quote, '"');
	assert_false(f.no_quote || f.no_header || f.windows_1252);
	assert_false(f.one_column_null);
	assert_string_equal(f.null, "");
	f = jobspec_format(&said, true, true);
	assert_int_equal(f.delimiter, '\t');
	assert_true(f.one_column_null);
	said = (struct text_format){ '|', '\'', true, true, "NA" };
	f = jobspec_format(&said, true, false);
	assert_int_equal(f.delimiter, '|');
	assert_int_equal(f.quote, '\'');
	assert_true(f.no_header && f.windows_1252 && !f.no_quote);
	assert_string_equal(f.null, "NA");
	said = (struct text_format){ .quote = QUOTE_NONE,
		.null = "a word that is longer than room" };
	f = jobspec_format(&said, false, false);
	assert_true(f.no_quote);
	assert_int_equal(f.quote, '"');
	assert_string_equal(f.null, said.null);
	said.null = "a word that is longer than a room";
	assert_string_equal(jobspec_format(&said, false, false).null, "");
}

/* Files of a landing directory: each by its name as a blob, in their order. */
static void test_a_source(void **state)
{
	struct snapshot_source files[] = {
		{ NULL, digest_of_text("a"), 1 },
		{ NULL, digest_of_text("b"), 2 },
	};
	const size_t sources[] = { 1, 0 };
	char a[DIGEST_HEX + 1], b[DIGEST_HEX + 1], wanted[300];
	struct sample s;

	(void)state;
	sample_make(&s);
	s.node.kind = NODE_SOURCE;
	s.node.n_inputs = 0;
	s.snapshot.sources = files;
	s.snapshot.n = 2;
	s.job.sources = sources;
	s.job.n_sources = 2;
	digest_print(&files[0].blob, a);
	digest_print(&files[1].blob, b);
	snprintf(wanted, sizeof(wanted),
	    "[{\"blob\":\"%s\",\"bytes\":2},{\"blob\":\"%s\",\"bytes\":1}]", b,
	    a);
	assert_what(&s.job, "inputs", wanted);
	assert_what(&s.job, "body", "\"\"");
}

/* A table in git is known by its bytes; no action is told to read it. */
static void test_a_table(void **state)
{
	struct digest body = digest_of_text("id\n1\n");
	char hex[DIGEST_HEX + 1], wanted[200];
	struct sample s;

	(void)state;
	sample_make(&s);
	s.node.kind = NODE_TABLE;
	s.node.n_inputs = s.node.n_helpers = 0;
	s.job.action = NULL;
	s.job.version = "1";
	s.job.body = &body;
	s.job.body_bytes = 5;
	digest_print(&body, hex);
	snprintf(wanted, sizeof(wanted), "{\"blob\":\"%s\",\"bytes\":5}", hex);
	assert_what(&s.job, "body", wanted);
	assert_what(&s.job, "action",
	    "{\"engine\":\"table\",\"version\":\"1\"}");
	assert_what(&s.job, "file", NULL);
}

/* The snapshot counts for what is volatile, its date for what may ask DuckDB's
 * clock, and neither for anything else. */
static void test_snapshot_and_date(void **state)
{
	char hex[DIGEST_HEX + 1], wanted[80];
	struct sample s;

	(void)state;
	sample_make(&s);
	assert_what(&s.job, "snapshot", NULL);
	s.node.volatile_reason = "asks a server";
	digest_print(&s.snapshot.id, hex);
	snprintf(wanted, sizeof(wanted), "\"%s\"", hex);
	assert_what(&s.job, "snapshot", wanted);
	assert_what(&s.job, "date", NULL);
	s.node.body = bytes_of("SELECT now()\n");
	assert_what(&s.job, "date", NULL);
	s.action.engine = "duckdb";
	assert_what(&s.job, "date", "\"2026-11-20\"");
	assert_what(&s.job, "file", NULL);
	s.node.body = bytes_of("SELECT 1\n");
	assert_what(&s.job, "date", NULL);
}

static bool is_same_outline(const struct job *one, const struct job *two,
    const struct digest *const *ids)
{
	struct digest a, b;

	assert_int_equal(jobspec_outline(one, ids, "2026-11-20", &a, NULL), 0);
	assert_int_equal(jobspec_outline(two, ids, "2026-11-20", &b, NULL), 0);
	assert_false(digest_is_null(&a) || digest_is_null(&b));
	return digest_eq(&a, &b);
}

/* In an outline each table of a pattern counts, and what the star stood for; a
 * file of a test case has none; a table in git is known by its blob. */
static void test_outline_of_patterns_and_tables(void **state)
{
	static const size_t nodes[] = { 0, 1 };
	static const char *const ab[] = { "a", "b" },
	                         *const ac[] = { "a", "c" };
	struct digest first = digest_of_text("1"), second = digest_of_text("2");
	const struct digest *ids[] = { &first, &second };
	struct sample s, other;
	struct digest d;

	(void)state;
	sample_make(&s);
	s.node.n_helpers = 0;
	s.input.nodes = nodes;
	s.input.n_nodes = 2;
	s.input.is_union = true;
	s.input.from = ab;
	other = s;
	other.job.node = &other.node;
	other.node.inputs = &other.input;
	assert_true(is_same_outline(&s.job, &other.job, ids));
	other.input.from = ac;
	assert_false(is_same_outline(&s.job, &other.job, ids));
	other.input.from = ab;
	other.input.n_nodes = 1;
	assert_false(is_same_outline(&s.job, &other.job, ids));
	other.input.fixture = "";
	assert_int_equal(jobspec_outline(&other.job, ids, "", &d, NULL), 0);
	assert_true(digest_is_null(&d));
	s.node.kind = NODE_TABLE;
	s.node.n_inputs = 0;
	s.job.action = NULL;
	s.node.file_blob = "5626abf0f72e58d7a153368ba57db4c673c0e171";
	other = s;
	other.job.node = &other.node;
	assert_true(is_same_outline(&s.job, &other.job, ids));
	other.node.file_blob = "f719efd430d52bcfc8566a43b2eb655688d38871";
	assert_false(is_same_outline(&s.job, &other.job, ids));
}

/* What is not said is not asked of a worker; an hour is what a job may take. */
static void test_a_request_says_what_is_known(void **state)
{
	json_auto_t *one = NULL;
	json_auto_t *two = NULL;
	struct digest key = digest_of_text("key");
	struct sample s;

	(void)state;
	sample_make(&s);
	assert_int_equal(jobspec_request(&s.job, "run", &key, &one, NULL), 0);
	assert_int_equal(json_integer_value(json_object_get(one, "timeout_ms")),
	    5000);
	assert_int_equal(json_integer_value(json_object_get(one, "threads")),
	    2);
	assert_string_equal(json_str_or(one, "file", ""), "Patient.py");
	assert_string_equal(json_str_or(one, "run", ""), "python3 {{@file}}");
	assert_null(json_object_get(one, "checked"));
	s.node.timeout_ms = 0;
	s.node.threads = 0;
	s.node.file_name = NULL;
	s.action.run = NULL;
	s.job.is_checked = true;
	assert_int_equal(jobspec_request(&s.job, "run", &key, &two, NULL), 0);
	assert_int_equal(json_integer_value(json_object_get(two, "timeout_ms")),
	    3600000);
	assert_int_equal(json_integer_value(json_object_get(two, "threads")),
	    1);
	assert_null(json_object_get(two, "file"));
	assert_null(json_object_get(two, "run"));
	assert_true(json_is_true(json_object_get(two, "checked")));
}

/* All that is made of a job. */
static int make_all(void *payload)
{
	const struct job *job = payload;
	json_auto_t *what = NULL;
	json_auto_t *dated = NULL;
	json_auto_t *request = NULL;
	json_auto_t *question = NULL;
	CLEANUP(mem_freep) struct column *pinned = NULL;
	const struct digest *ids[] = { &job->inputs[0].table->id };
	struct table_spec spec;
	struct digest key, outline;
	int rc;

	if ((rc = jobspec_what(job, &what, NULL)) ||
	    (rc = jobspec_key(what, &key, NULL)) ||
	    (rc = jobspec_dated(what, "2026-11-20", &dated, NULL)) ||
	    (rc = jobspec_outline(job, ids, "2026-11-20", &outline, NULL)) ||
	    (rc = jobspec_contract(job->node, &spec, &pinned, NULL)) ||
	    (rc = jobspec_request(job, "columns", &key, &question, NULL)))
		return rc;
	return jobspec_request(job, "run", &key, &request, NULL);
}

/* Without memory there is an error, no half of a document, and no other key. */
static void test_every_allocation_fails(void **state)
{
	struct table_part part = { .blob = digest_of_text("part"),
		.bytes = 9,
		.rows = 3 };
	struct snapshot_source file = { NULL, digest_of_text("a"), 1 };
	const size_t sources[] = { 0 };
	struct sample s;
	long swept;

	(void)state;
	sample_make(&s);
	s.table.parts = &part;
	s.table.n_parts = 1;
	snprintf(s.columns[0].type.as, sizeof(s.columns[0].type.as), "date");
	s.node.format = (struct text_format){ ';', '\'', true, true, "NA" };
	swept = sweep_memory(make_all, &s.job);
	if (FAULT_MEMORY)
		assert_in_range(swept, 100, 100000);
	s.job_input.read = NULL;
	s.job.is_checked = true;
	s.node.volatile_reason = "changes";
	s.node.contract.ordered = true;
	s.action.engine = "duckdb";
	s.node.body = bytes_of("SELECT now()\n");
	sweep_memory(make_all, &s.job);
	s.snapshot.sources = &file;
	s.job.sources = sources;
	s.job.n_sources = 1;
	s.node.kind = NODE_SOURCE;
	sweep_memory(make_all, &s.job);
	s.node.volatile_reason = NULL;
	s.node.n_helpers = 0;
	s.job.n_sources = 0;
	s.node.kind = NODE_TABLE;
	s.job.body = &part.blob;
	sweep_memory(make_all, &s.job);
}

/* A text that is not UTF-8 is the node's fault, and @column of no type its
 * place's. */
static void test_what_cannot_be_said(void **state)
{
	CLEANUP(mem_freep) struct column *pinned = NULL;
	json_auto_t *what = NULL;
	struct error err = { 0 };
	struct table_spec spec;
	struct sample s;

	(void)state;
	sample_make(&s);
	s.node.body = bytes_of("print('\xe4')\n");
	assert_int_equal(jobspec_what(&s.job, &what, &err), ERROR_NODE);
	assert_string_equal(err.msg, "ClinicA/Patient.py is not UTF-8");
	sample_make(&s);
	s.column.type = "intger";
	s.column.at = (struct place){ "ClinicA/Patient.py", 3, 4 };
	err = (struct error){ 0 };
	assert_int_not_equal(jobspec_contract(&s.node, &spec, &pinned, &err),
	    0);
	assert_string_equal(err.path, "ClinicA/Patient.py");
	assert_int_equal(err.line, 3);
	assert_int_equal(err.col, 4);
	assert_null(pinned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_forms_of_text),
		cmocka_unit_test(test_a_form_as_the_reader_has_it),
		cmocka_unit_test(test_a_source),
		cmocka_unit_test(test_a_table),
		cmocka_unit_test(test_snapshot_and_date),
		cmocka_unit_test(test_outline_of_patterns_and_tables),
		cmocka_unit_test(test_a_request_says_what_is_known),
		cmocka_unit_test(test_every_allocation_fails),
		cmocka_unit_test(test_what_cannot_be_said),
		cmocka_unit_test(test_not_in_the_key),
		cmocka_unit_test(test_different_jobs_differ),
		cmocka_unit_test(test_outlines),
		cmocka_unit_test(test_outline_of_dates_and_columns),
		cmocka_unit_test(test_explained),
		cmocka_unit_test(test_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
