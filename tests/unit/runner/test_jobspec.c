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
	struct sample s;
	long swept;

	(void)state;
	sample_make(&s);
	s.table.parts = &part;
	s.table.n_parts = 1;
	swept = sweep_memory(make_all, &s.job);
	if (FAULT_MEMORY)
		assert_in_range(swept, 100, 100000);
	s.job_input.read = NULL;
	s.job.is_checked = true;
	s.node.volatile_reason = "changes";
	s.node.contract.ordered = true;
	sweep_memory(make_all, &s.job);
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
