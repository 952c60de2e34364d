#ifndef SLUICE_TESTS_REPORT_HELP_H
#define SLUICE_TESTS_REPORT_HELP_H
/* Manifests, their tables and records, for the tests of reports. The including
 * file has cmocka and report.h. */
#include "tests/unit/reports/store_bed.h"
/* A run with what its report compares it with. */
struct run {
	struct manifest before, after, own; /* own: where n is not 0 */
	struct run_record record;
};

static inline void run_clear(struct run *r)
{
	manifest_clear(&r->before);
	manifest_clear(&r->after);
	manifest_clear(&r->own);
	run_record_clear(&r->record);
}

/* A digest that is only a name. */
static inline struct digest name(const char *text)
{
	struct digest d;

	assert_int_equal(digest_of(bytes_of(text), &d, NULL), 0);
	return d;
}

/* -- making tables and nodes -- */

/* columns: "id integer,name text"; rows "id;name\n"; key: its first column
 * where keyed. */
static inline void save_table(const char *columns, bool keyed, const char *csv,
    struct manifest_node *n)
{
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(table_notes_clear) struct table_notes notes = { 0 };
	CLEANUP(mem_freep) char *list = mem_strdup(columns);
	struct column c[8] = { 0 };
	const char *key[1];
	struct table_spec spec = { .columns = c };
	struct bytes text = bytes_of(csv);
	const char *names[] = { "test" };
	const struct table_import in = { .texts = &text,
		.names = names,
		.n_texts = 1 };
	struct error err = { 0 };
	char *save = NULL, *word;

	for (word = strtok_r(list, " ,", &save); word != NULL;
	     word = strtok_r(NULL, " ,", &save)) {
		c[spec.n_columns].name = word;
		word = strtok_r(NULL, " ,", &save);
		if (type_parse(word, &c[spec.n_columns++].type, &err))
			fail_msg("%s", err.msg);
	}
	key[0] = c[0].name;
	spec.key = key;
	spec.n_key = keyed;
	if (table_import(st, &in, &spec, &t, &notes, &err))
		fail_msg("%s", err.msg);
	n->table = t.id;
	n->rows = t.rows;
}

/* A node with a table. key_text stands for what its key is made of. */
static inline struct manifest_node *add_node(struct manifest *m,
    const char *path, const char *key_text, const char *columns,
    const char *csv)
{
	struct manifest_node *n = manifest_add(m, path);

	assert_non_null(n);
	n->state = NODE_OK;
	n->key = name(key_text);
	n->file = mem_strdup("common/code.sql");
	if (columns != NULL)
		save_table(columns, strstr(key_text, "keyed") != NULL, csv, n);
	return n;
}

static inline struct manifest_node *add_failed(struct manifest *m,
    const char *path, enum failure_class failure, const char *log)
{
	struct manifest_node *n = add_node(m, path, path, NULL, NULL);

	n->state = NODE_FAILED;
	n->failure = failure;
	n->line = 4;
	n->col = 10;
	if (log != NULL)
		assert_int_equal(store_put(st, bytes_of(log), &n->log, NULL),
		    0);
	return n;
}

static inline void add_blocked(struct manifest *m, const char *path,
    const char *by)
{
	struct manifest_node *n = add_node(m, path, path, NULL, NULL);

	n->state = NODE_BLOCKED;
	n->key = (struct digest){ 0 };
	n->by = mem_array(1, sizeof(*n->by));
	n->by[0] = mem_strdup(by);
	n->n_by = 1;
}

static inline void add_run(struct run *r, const char *path, const char *status,
    int64_t ms, const char *cause)
{
	struct run_node *n = run_record_add(&r->record, path);

	assert_non_null(n);
	snprintf(n->status, sizeof(n->status), "%s", status);
	n->ms = ms;
	n->cause = cause ? mem_strdup(cause) : NULL;
}

static inline void start(struct run *r)
{
	*r = (struct run){ 0 };
	r->before.snapshot = r->after.snapshot = name("snapshot");
	strcpy(r->before.snapshot_date, "2026-11-20");
	strcpy(r->after.snapshot_date, "2026-11-20");
	strcpy(r->record.commit, "91b20aa91b20aa91b20aa91b20aa91b20aa91b20");
	strcpy(r->record.base, "4e3f3234e3f3234e3f3234e3f3234e3f3234e3f3");
	strcpy(r->record.branch, "exp/albumin");
	strcpy(r->record.sandbox, "bubblewrap");
	r->record.started = 1000;
	r->record.ended = 251000;
}

#endif
