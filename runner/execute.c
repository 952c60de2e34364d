/* execute: see execute.h. */
#include "runner/execute.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/json.h"
#include "cache/base/os.h"
#include "cache/base/stage.h"
#include "cache/differs.h"
#include "runner/collect.h"
#include "runner/images.h"
#include "runner/joblock.h"
#include "runner/records.h"
#include "runner/terms.h"

enum {
	OUTPUT_MAX = STORE_BLOB_MAX, /* of an engine's raw records */
	ROWS_KEPT = 1 << 20, /* bytes of a file that is used again */
	VERIFIED_AT_ONCE = 1 << 20, /* bytes of sources: no thread for less */
};

/* The descriptors of a call, closed together. */
struct descriptors {
	int *fds;
	size_t n, cap;
};

static void descriptors_clear(struct descriptors *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		fd_close(&d->fds[i]);
	mem_free(d->fds);
	*d = (struct descriptors){ 0 };
}

/* A place for one more, -1 until it is opened; NULL without memory. */
static int *descriptors_add(struct descriptors *d)
{
	int *more = mem_grow(d->fds, d->n, &d->cap, sizeof(*more));

	if (more == NULL)
		return NULL;
	d->fds = more;
	more[d->n] = -1;
	return &more[d->n++];
}

/* A text, which is never large, or room for one. */
static int add_text(struct descriptors *d, struct bytes text, struct error *err)
{
	int *fd = descriptors_add(d);
	int rc;

	if (fd == NULL)
		return error_memory(err);
	if ((rc = file_open_memory(fd, err)) ||
	    (rc = file_write_fd(*fd, text, err)))
		return rc;
	return lseek(*fd, 0, SEEK_SET) < 0 ? error_sys(err, "seek") : 0;
}

/* The file for rows. It is borrowed for the call: take_rows() takes it out. */
static int lend_rows(const struct execute_request *rq, struct descriptors *d,
    struct error *err)
{
	int *fd = descriptors_add(d);
	int rc = 0;

	if (fd == NULL)
		return error_memory(err);
	if (*rq->rows < 0)
		rc = file_open_temp(store_temp_dir(rq->plan->store), rq->rows,
		    err);
	else
		rc = file_empty(*rq->rows, err);
	*fd = rc ? -1 : fd_take(rq->rows);
	return rc;
}

/* Back to its thread, unless the process that wrote it has died over it, or it
 * holds a place on the disk that the next job will not want. */
static void take_rows(const struct execute_request *rq,
    const struct plan_job *pj, int *fd)
{
	struct stat st;

	if (!pj->died && os_fstat(*fd, &st) == 0 && st.st_size <= ROWS_KEPT)
		*rq->rows = fd_take(fd);
}

/* The chosen columns of a table as records in a temporary file. */
static int add_view(struct store *st, struct descriptors *d,
    const struct plan_view *view, uint64_t *bytes, struct error *err)
{
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	CLEANUP(buf_clear) struct buf out = { 0 };
	const struct field *fields;
	struct field *chosen;
	size_t i, n = view->table.n_columns;
	int rc = table_reader_open(st, view->full, &r, err), got = 0, *fd;

	chosen = mem_array(n, sizeof(*chosen));
	if (chosen == NULL)
		rc = error_memory(err);
	while (rc == 0 && (got = table_reader_next(r, &fields, err)) > 0) {
		for (i = 0; i < n; i++)
			chosen[i] = fields[view->columns[i]];
		csv_add_record(&out, chosen, n);
	}
	mem_free(chosen);
	if (rc == 0 && got < 0)
		rc = got;
	if (rc || (rc = buf_check(&out, err)))
		return rc;
	*bytes = out.n;
	if ((fd = descriptors_add(d)) == NULL)
		return error_memory(err);
	if ((rc = file_open_temp(store_temp_dir(st), fd, err)) ||
	    (rc = file_write_fd(*fd, buf_bytes(&out), err)))
		return rc;
	return lseek(*fd, 0, SEEK_SET) < 0 ? error_sys(err, "seek") : 0;
}

static int add_input(struct store *st, struct descriptors *d,
    const struct job_input *in, struct plan_view *view, struct error *err)
{
	size_t i;

	if (view->is_used) {
		struct table_part *part = mem_alloc(sizeof(*part));
		int rc;

		if (part == NULL)
			return error_memory(err);
		rc = add_view(st, d, view, &part->bytes, err);
		part->rows = view->table.rows;
		view->table.parts = part;
		view->table.n_parts = 1;
		return rc;
	}
	for (i = 0; i < in->table->n_parts; i++) {
		int *fd = descriptors_add(d);
		int rc = fd
		    ? store_open_blob(st, &in->table->parts[i].blob, fd, err)
		    : error_memory(err);

		if (rc)
			return rc;
	}
	return 0;
}

/* In the place of its parts, where there is one. The descriptor is taken. */
static int add_image(struct descriptors *d, struct plan_job *pj, size_t input,
    struct image *image, struct error *err)
{
	union {
		const struct job_input *borrowed;
		struct job_input *own;
	} inputs = { pj->job.inputs };
	int *fd;

	inputs.own[input].image_bytes = image->fd < 0 ? 0 : image->bytes;
	if (image->fd < 0)
		return 0;
	if ((fd = descriptors_add(d)) == NULL)
		return error_memory(err);
	*fd = fd_take(&image->fd);
	return 0;
}

static int add_inputs(const struct execute_request *rq, struct descriptors *d,
    struct plan_job *pj, struct error *err)
{
	const struct node *node = pj->job.node;
	struct store *st = rq->plan->store;
	CLEANUP(mem_freep)
	struct image *images = mem_array(node->n_inputs, sizeof(*images));
	size_t i;
	int rc = 0;

	if (images == NULL)
		return error_memory(err);
	images_open(st, pj, rq->cancelled, images);
	for (i = 0; rc == 0 && i < node->n_inputs; i++) {
		rc = add_image(d, pj, i, &images[i], err);
		if (rc == 0 && pj->job.inputs[i].image_bytes == 0)
			rc = add_input(st, d, &pj->job.inputs[i], &pj->views[i],
			    err);
	}
	for (i = 0; i < node->n_inputs; i++)
		fd_close(&images[i].fd);
	for (i = 0; rc == 0 && i < node->n_helpers; i++)
		rc = add_text(d, pj->job.helpers[i].text, err);
	return rc;
}

static int fail_node(struct result *result, const struct error *why)
{
	return plan_fail(result, FAILURE_OUTPUT, "%s", why->msg);
}

static void take_failure(const json_t *reply, struct result *result)
{
	int class = failure_of(json_str_or(reply, "failure", ""));

	plan_fail(result,
	    class < 0 ? FAILURE_SURROUNDINGS : (enum failure_class) class, "%s",
	    json_str_or(reply, "message", ""));
	result->exit_status =
	    (int)json_integer_value(json_object_get(reply, "exit"));
	result->line = (int)json_integer_value(json_object_get(reply, "line"));
	result->col = (int)json_integer_value(json_object_get(reply, "col"));
}

/* Keeps the log, with the message of a failure in front, where there is any. */
static int keep_log(struct store *st, int fd, const struct plan_job *pj,
    struct result *result, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	if (result->state == RESULT_FAILED && result->message[0] != '\0') {
		if (result->line > 0)
			buf_printf(&text, "%s:%d:", pj->job.node->file,
			    result->line);
		if (result->line > 0 && result->col > 0)
			buf_printf(&text, "%d:", result->col);
		if (result->line > 0)
			buf_add_char(&text, ' ');
		buf_printf(&text, "%s\n", result->message);
	}
	if (fd >= 0) {
		if (lseek(fd, 0, SEEK_SET) < 0)
			return error_sys(err, "seek");
		rc = file_read_fd(fd, OUTPUT_MAX, &text, err);
		if (rc)
			return rc;
	}
	if ((rc = buf_check(&text, err)) || text.n == 0)
		return rc;
	return store_put(st, buf_bytes(&text), &result->log, err);
}

/* A call of the worker, one way or the other. */
struct call {
	struct descriptors d;
	const char *directory; /* a command's own; SQL: NULL */
	struct records *rows; /* where what SQL gives is taken; or NULL */
	json_t *reply;
};

static void call_clear(struct call *c)
{
	descriptors_clear(&c->d);
	records_close(c->rows);
	json_decref(c->reply);
	*c = (struct call){ 0 };
}

/* The node's contract; its table is probably much like that of the run before.
 */
static int find_contract(const struct execute_request *rq,
    const struct plan_job *pj, struct table_spec *out, struct column **pinned,
    struct error *err)
{
	const struct manifest *previous = rq->plan->inputs.previous;
	const struct manifest_node *before =
	    previous ? manifest_find(previous, pj->job.node->path) : NULL;
	int rc = jobspec_contract(pj->job.node, out, pinned, err);

	if (rc == 0 && before != NULL)
		out->like = &before->table;
	return rc;
}

static int call_worker(const struct execute_request *rq, struct plan_job *pj,
    struct call *c, struct error *err)
{
	json_auto_t *request = NULL;
	int rc = jobspec_request(&pj->job, "run", &pj->key, &request, err);

	if (rc)
		return rc;
	if (json_object_set_new(request, "sandbox", json_string(rq->sandbox)) ||
	    (pj->is_stirred &&
	        json_object_set_new(request, "stir", json_true())) ||
	    (c->rows != NULL &&
	        json_object_set_new(request, "early", json_true())) ||
	    (pj->is_varied &&
	        json_object_set_new(request, "vary", json_true())) ||
	    (c->directory != NULL &&
	        json_object_set_new(request, "directory",
	            json_string(c->directory))))
		return error_memory(err);
	rc = worker_call(rq->worker,
	    &(struct worker_call){ .request = request,
	        .fds = c->d.fds,
	        .n_fds = c->d.n,
	        .early = records_early,
	        .payload = c->rows,
	        .timeout_ms = json_integer_value(
	            json_object_get(request, "timeout_ms")) },
	    &c->reply, err);
	pj->died = rc == 0 && worker_died(c->reply);
	return rc;
}

static bool is_well(const struct call *c)
{
	return strcmp(json_str_or(c->reply, "status", ""), "ok") == 0;
}

/* The rows that an engine wrote, as a table. */
static int take_table(struct call *c, struct result *result,
    struct table *table, struct error *err)
{
	struct error why = { 0 };
	int rc = records_finish(c->rows, c->reply, table, &why);

	if (rc == ERROR_NODE || rc == ERROR_SYNTAX)
		return fail_node(result, &why);
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

static int call_sql(const struct execute_request *rq, struct plan_job *pj,
    const struct table_spec *spec, struct call *c, struct error *err)
{
	struct store *st = rq->plan->store;
	int rc;

	if ((rc = add_text(&c->d, bytes_of(""), err)) ||
	    (rc = lend_rows(rq, &c->d, err)) ||
	    (rc = records_open(st, spec, c->d.fds[1], &c->rows, err)) ||
	    (rc = add_inputs(rq, &c->d, pj, err)))
		return rc;
	return call_worker(rq, pj, c, err);
}

/* SQL: rows come back through a descriptor; *clock tells whether the date was
 * asked for (of DuckDB it is in the key already). */
static int run_sql(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, struct table *table, bool *clock, struct error *err)
{
	CLEANUP(mem_freep) struct column *pinned = NULL;
	CLEANUP(call_clear) struct call c = { 0 };
	struct error why = { 0 };
	struct table_spec spec;
	int rc = find_contract(rq, pj, &spec, &pinned, &why);

	if (rc == ERROR_SYNTAX)
		return fail_node(result, &why);
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	if ((rc = call_sql(rq, pj, &spec, &c, err)))
		return rc;
	*clock = json_is_true(json_object_get(c.reply, "clock"));
	if (is_well(&c))
		rc = take_table(&c, result, table, err);
	else
		take_failure(c.reply, result);
	take_rows(rq, pj, &c.d.fds[1]);
	return rc ? rc : keep_log(rq->plan->store, c.d.fds[0], pj, result, err);
}

static int run_command(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, struct table *table, struct error *err)
{
	CLEANUP(call_clear) struct call c = { 0 };
	struct csv_format format =
	    jobspec_format(&pj->job.node->format, false, true);
	struct store *st = rq->plan->store;
	struct column *pinned = NULL;
	struct table_spec spec;
	char directory[512];
	int rc;

	if ((rc = file_make_temp_dir(rq->job_dir, directory, sizeof(directory),
	         err)))
		return rc;
	c.directory = directory;
	if ((rc = add_text(&c.d, bytes_of(""), err)) == 0 &&
	    (rc = add_inputs(rq, &c.d, pj, err)) == 0)
		rc = call_worker(rq, pj, &c, err);
	if (rc == 0 && !is_well(&c)) {
		take_failure(c.reply, result);
	} else if (rc == 0) {
		rc = find_contract(rq, pj, &spec, &pinned, err);
		if (rc == 0)
			rc = collect_output(st, directory, &spec, &format,
			    table, result, err);
	}
	mem_free(pinned);
	if (rc == 0)
		rc = keep_log(st, c.d.fds[0], pj, result, err);
	file_remove_tree(directory, NULL);
	return rc;
}

/* A column that got another name than was written is told in the log. */
static int import_and_warn(struct store *st, const struct table_import *in,
    const struct table_spec *spec, struct table *out, struct result *result,
    struct error *err)
{
	CLEANUP(table_notes_clear) struct table_notes notes = { 0 };
	CLEANUP(buf_clear) struct buf log = { 0 };
	size_t i;
	int rc = table_import(st, in, spec, out, &notes, err);

	for (i = 0; rc == 0 && i < notes.n; i++)
		if (notes.notes[i].row == 0)
			buf_printf(&log, "warning: %s\n", notes.notes[i].text);
	if (rc || log.n == 0)
		return rc;
	if ((rc = buf_check(&log, err)))
		return rc;
	return store_put(st, buf_bytes(&log), &result->log, err);
}

/* The files of an import: texts borrow from maps, which are of the store's
 * files, so that a table of any size is read in bounded memory. They are
 * verified by a second thread while the table is made of them, and what is
 * wrong with them then is not what was wrong with the table. */
struct files {
	struct store *st;
	struct bytes *texts;
	const char **names;
	const struct snapshot_source **sources;
	struct file_map *maps;
	size_t n;
	struct stage *verifying;
};

static void files_clear(struct files *f)
{
	size_t i;

	stage_close(f->verifying);
	for (i = 0; i < f->n; i++)
		file_map_clear(&f->maps[i]);
}

static int verify_files(void *payload, void *piece, struct error *err)
{
	const struct files *f = piece;
	size_t i;
	int rc = 0;

	(void)payload;
	for (i = 0; rc == 0 && i < f->n; i++)
		rc = store_check_map(f->st, &f->sources[i]->blob, &f->maps[i],
		    err);
	return rc;
}

static int begin_verifying(struct files *f, struct error *err)
{
	uint64_t bytes = 0;
	size_t i;
	int rc = stage_open(verify_files, NULL, &f->verifying, err);

	for (i = 0; i < f->n; i++)
		bytes += f->sources[i]->bytes;
	return rc ? rc
	          : stage_give(f->verifying, f, bytes < VERIFIED_AT_ONCE, err);
}

/* What came of the files, if they are what they should be. */
static int end_verifying(struct files *f, int rc, struct error *err)
{
	struct error wrong = { 0 };
	int verified = f->verifying ? stage_finish(f->verifying, &wrong) : 0;

	if (verified)
		*err = wrong;
	return verified ? verified : rc;
}

static int make_files(struct files *f, struct plan_job *pj, size_t n,
    struct error *err)
{
	f->texts = arena_array(&pj->arena, n, sizeof(*f->texts));
	f->names = arena_array(&pj->arena, n, sizeof(*f->names));
	f->maps = arena_array(&pj->arena, n, sizeof(*f->maps));
	f->sources = arena_array(&pj->arena, n, sizeof(*f->sources));
	if (!f->texts || !f->names || !f->maps || !f->sources)
		return error_memory(err);
	f->n = n;
	return 0;
}

/* The one that is in git. */
static int open_table(struct files *f, struct plan_job *pj, struct error *err)
{
	const struct node *node = pj->job.node;
	int rc = make_files(f, pj, 1, err);

	if (rc)
		return rc;
	f->texts[0] = buf_bytes(&pj->texts[node->n_helpers]);
	f->names[0] = node->file;
	return 0;
}

static int open_sources(struct files *f, struct plan_job *pj, struct error *err)
{
	const size_t n = pj->job.n_sources;
	size_t i;
	int rc = make_files(f, pj, n, err);

	for (i = 0; rc == 0 && i < n; i++) {
		f->sources[i] = &pj->job.snapshot->sources[pj->sources[i]];
		rc = store_map(f->st, &f->sources[i]->blob, &f->maps[i], err);
		f->texts[i] = f->maps[i].data;
		f->names[i] = f->sources[i]->path;
	}
	return rc ? rc : begin_verifying(f, err);
}

/* Files as a table: those of the landing directory, or one in git. */
static int run_import(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, struct table *table, struct error *err)
{
	struct store *st = rq->plan->store;
	CLEANUP(files_clear) struct files files = { .st = st };
	const struct node *node = pj->job.node;
	const bool is_table = node->kind == NODE_TABLE;
	size_t len = strlen(node->file);
	bool is_tsv =
	    is_table && len > 4 && strcmp(node->file + len - 4, ".tsv") == 0;
	struct table_import in = {
		.format = jobspec_format(&node->format, is_tsv, false),
	};
	struct column *pinned = NULL;
	struct table_spec spec;
	struct error why = { 0 };
	int rc;

	if ((rc = find_contract(rq, pj, &spec, &pinned, &why)) == 0)
		rc = is_table ? open_table(&files, pj, &why)
		              : open_sources(&files, pj, &why);
	if (rc == 0) {
		in.texts = files.texts;
		in.names = files.names;
		in.n_texts = files.n;
		in.format.is_mapped = !is_table;
		rc = import_and_warn(st, &in, &spec, table, result, &why);
		rc = end_verifying(&files, rc, &why);
	}
	mem_free(pinned);
	if (rc == ERROR_NODE || rc == ERROR_SYNTAX || rc == ERROR_LIMIT) {
		char message[sizeof(why.msg) + sizeof(why.path) + 64];

		error_print(&why, message, sizeof(message));
		plan_fail(result, FAILURE_OUTPUT, "%s", message);
		return keep_log(st, -1, pj, result, err);
	}
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

static int put_what(struct store *st, const json_t *what, struct digest *key,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc = json_print(what, &text, err);

	return rc ? rc : store_put(st, buf_bytes(&text), key, err);
}

int execute_keep_what(struct plan *plan, const struct plan_job *pj,
    const struct digest *key, struct error *err)
{
	json_auto_t *dated = NULL;
	struct digest id;
	int rc;

	if (store_has(plan->store, key))
		return 0;
	rc = put_what(plan->store, pj->what, &id, err);
	if (rc || digest_eq(&id, key))
		return rc;
	rc = jobspec_dated(pj->what, pj->job.snapshot->date, &dated, err);
	return rc ? rc : put_what(plan->store, dated, &id, err);
}

/* In which columns a table differs from the one that is there. What cannot be
 * read of that is not known. */
static void find_differs(struct store *st, struct result *result,
    const struct table *table)
{
	CLEANUP(table_clear) struct table is = { 0 };
	struct differs differs;
	struct result there;

	if (result->state != RESULT_OK ||
	    result_get(st, &result->key, TIER_LOCAL, &there, NULL) ||
	    there.state != RESULT_OK ||
	    digest_eq(&there.table, &result->table) ||
	    table_load_whole(st, &there.table, &is, NULL) ||
	    differs_find(st, &is, table, DIFFERS_AT_ALL, &differs, NULL))
		return;
	memcpy(result->differs, differs.columns, sizeof(result->differs));
}

/* Under its key, whatever it is: of a failure that is not remembered the log
 * and message are still to be found there. Where the clock was asked, under the
 * second key, to which the first then points. What is executed again (no_reuse)
 * and differs is recorded beside what was there. */
static int keep_result(const struct execute_request *rq,
    const struct plan_job *pj, bool clock, struct result *result,
    const struct table *table, struct error *err)
{
	struct store *st = rq->plan->store;
	struct result first = { .state = RESULT_CLOCK,
		.tier = rq->plan->inputs.tier };
	json_auto_t *dated = NULL;
	int rc;

	result->tier = rq->plan->inputs.tier;
	snprintf(result->by, sizeof(result->by), "%s", rq->by ? rq->by : "");
	if ((rc = put_what(st, pj->what, &result->key, err)) ||
	    (rc = result_epoch(st, &result->epoch, err)))
		return rc;
	first.key = result->key;
	first.epoch = result->epoch;
	memcpy(first.by, result->by, sizeof(first.by));
	if (clock &&
	    ((rc = jobspec_dated(pj->what, pj->job.snapshot->date, &dated,
	          err)) ||
	        (rc = put_what(st, dated, &result->key, err))))
		return rc;
	find_differs(st, result, table);
	rc = result_put(st, result, &result->unstable, err);
	if (rc == 0 && clock)
		rc = result_put(st, &first, NULL, err);
	return rc;
}

static int dispatch_once(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, struct table *table, bool *clock, struct error *err)
{
	const char *engine = pj->job.action ? pj->job.action->engine : "";

	if (pj->job.node->kind != NODE_CODE)
		return run_import(rq, pj, result, table, err);
	if (strcmp(engine, "command") == 0)
		return run_command(rq, pj, result, table, err);
	if (strcmp(engine, "sqlite") == 0 || strcmp(engine, "duckdb") == 0)
		return run_sql(rq, pj, result, table, clock, err);
	return plan_fail(result, FAILURE_SURROUNDINGS,
	    "this build has no engine \"%s\"", engine);
}

/* Whether an answer says nothing about the code: the worker died, or could
 * not use the images that it was given. */
static bool is_no_answer(const struct plan_job *pj, const struct result *result)
{
	size_t i;

	for (i = 0; !pj->is_plain && i < pj->job.node->n_inputs &&
	     result->state == RESULT_FAILED &&
	     result->failure == FAILURE_SURROUNDINGS;
	     i++)
		if (pj->job.inputs[i].image_bytes > 0)
			return true;
	return pj->died;
}

/* Where there was no answer, once more, from the start and from the parts;
 * only the second death is told. */
static int dispatch(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, struct table *table, bool *clock, struct error *err)
{
	struct result before = *result;
	int rc = dispatch_once(rq, pj, result, table, clock, err);

	if (rc || !is_no_answer(pj, result))
		return rc;
	*result = before;
	pj->is_plain = true;
	return dispatch_once(rq, pj, result, table, clock, err);
}

/* What another process made while we waited for the lock. */
static bool find_made(const struct execute_request *rq,
    const struct plan_job *pj, struct result *result, struct table *table)
{
	const struct plan_inputs *in = &rq->plan->inputs;
	struct result found;

	if (in->no_reuse ||
	    result_get(rq->plan->store, &pj->key, in->least, &found, NULL) ||
	    found.state != RESULT_OK ||
	    table_load_whole(rq->plan->store, &found.table, table, NULL))
		return false;
	*result = found;
	return true;
}

static void name_table(const struct contract *contract,
    const struct table *table, struct result *result)
{
	result->table = table->id;
	result->is_doubtful = !terms_hold(contract, table);
	result->offending = table->offending;
	result->n_offending = table->n_offending;
}

static int execute(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, struct table *table, struct error *err)
{
	bool clock = false;
	int rc;

	*result = (struct result){ .key = pj->key };
	rc = dispatch(rq, pj, result, table, &clock, err);
	if (rc == 0 && result->state == RESULT_OK)
		name_table(&pj->job.node->contract, table, result);
	return rc ? rc : keep_result(rq, pj, clock, result, table, err);
}

int execute_job(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, struct table *table, bool *reused, struct error *err)
{
	CLEANUP(fd_close) int lock = -1;
	int rc =
	    joblock_take(rq->plan->store, &pj->key, rq->cancelled, &lock, err);

	if (rc)
		return rc;
	*reused = find_made(rq, pj, result, table);
	if (!*reused) {
		pj->is_varied = rq->plan->inputs.is_varied;
		rc = execute(rq, pj, result, table, err);
	}
	return rc;
}

int execute_varied(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, struct table *table, struct error *err)
{
	pj->is_varied = true;
	return execute(rq, pj, result, table, err);
}

int execute_stirred(const struct execute_request *rq, struct plan_job *pj,
    struct table *table, bool *failed, struct error *err)
{
	struct result result = { .key = pj->key };
	bool clock = false;
	int rc;

	pj->is_stirred = true;
	rc = dispatch(rq, pj, &result, table, &clock, err);
	*failed = result.state != RESULT_OK;
	return rc;
}
