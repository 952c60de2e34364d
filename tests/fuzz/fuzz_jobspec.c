/* jobspec: a JobSpec in JSON is anybody's: {"how":...,"what":...}. There is no
 * worker, so that nothing of it is executed: it is refused in words, or all of
 * it was read and what its table is to be is known. */
#include <stdlib.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/specrun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[256];
static struct specrun spec = { .sandbox = "none", .directory = dir };

static void leave(void)
{
	worker_close(spec.worker);
	store_close(spec.store);
	file_remove_tree(dir, NULL);
}

/* A store with the one table that seeds name as an input. */
static void begin(void)
{
	static const struct bytes text = { "a,t\n1,x\n", 8 };
	static const char *const names[] = { "T.csv" };
	const struct table_import in = { .texts = &text,
		.names = names,
		.n_texts = 1 };
	const struct worker_options options = { .program = "/nowhere/worker",
		.sandbox = "none" };
	const char *below = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	CLEANUP(table_notes_clear) struct table_notes notes = { 0 };
	CLEANUP(table_clear) struct table t = { 0 };

	if (file_make_temp_dir(below, dir, sizeof(dir), NULL) ||
	    atexit(leave) || store_open(dir, &spec.store, NULL) ||
	    worker_open(&options, &spec.worker, NULL) ||
	    table_import(spec.store, &in, &(struct table_spec){ 0 }, &t, &notes,
	        NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_auto_t *doc = json_loadb((const char *)data, size, 0, NULL);
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(buf_clear) struct buf log = { 0 };
	struct error err = { 0 };
	struct result result;

	if (spec.store == NULL)
		begin();
	spec.how = json_object_get(doc, "how");
	spec.what = json_object_get(doc, "what");
	if (json_is_object(spec.what) &&
	    (specrun_execute(&spec, &result, &t, &log, &err) == 0 ||
	        err.msg[0] == '\0'))
		abort();
	return 0;
}
