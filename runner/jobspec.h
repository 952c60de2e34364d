#ifndef SLUICE_RUNNER_JOBSPEC_H
#define SLUICE_RUNNER_JOBSPEC_H
/*
 * jobspec -- all that an execution can see, and the key made of it
 * (sluice-job/1; docs: formats, "Job and key").
 *
 *   {"how":{"memory_bytes":N,"timeout_ms":N},
 *    "what":{"action":{"engine":...,"text":DIGEST,"version":TEXT},
 *            "body":TEXT | {"blob":DIGEST,"bytes":N},
 *            "contract":{"columns":[[NAME,TYPE]...],"format":{...},
 *                        "key":[NAME...],"ordered":BOOL},
 *            "date":"2026-11-20",        only where the clock counts
 *            "file":"Patient.py",        of a command alone
 *            "format":"sluice-job/1",
 *            "helpers":[{"blob":DIGEST,"name":NAME}...],
 *            "inputs":[INPUT...],
 *            "snapshot":DIGEST,          of a @volatile node alone
 *            "threads":1}}
 *   INPUT    {"name":NAME,"table":DIGEST}
 *          | {"columns":[{"as","digest","name","type"}...],"name":NAME,
 *             "rows":N}                  where the columns read are known
 *          | {"blob":DIGEST,"bytes":N}   a file of the landing directory
 *
 * The key is the blob name of `what`. Not in it: path, branch, commit,
 * parameters not used, time, machine, docs, tests, limits.
 */
#include "cache/snapshot.h"
#include "cache/table.h"
#include "runner/lang/pipeline.h"

/* An input as the code gets it: a table, and which of its columns count. */
struct job_input {
	const char *name;
	const struct table *table; /* borrowed */
	const bool *read; /* a place per column; NULL: the whole table counts */
	const struct digest *digests; /* of its columns; where read is set */
	uint64_t image_bytes; /* of the image (images.h) that is given in the
	                         place of its parts; 0: none */
};

struct job_helper {
	const char *name;
	struct digest blob;
	struct bytes text; /* borrowed */
};

struct job {
	const struct node *node;
	const struct action *action;
	const char *version; /* the probe's output */
	const struct job_input *inputs; /* as node->inputs */
	bool is_checked; /* the engine has said what of each of them is read */
	const struct job_helper *helpers;
	const struct digest *body; /* of a table in git: its bytes' digest */
	uint64_t body_bytes;
	const struct snapshot *snapshot;
	const size_t *sources; /* NODE_SOURCE: indexes in the snapshot */
	size_t n_sources;
};

/* `what` of a job; *out is the caller's. */
int jobspec_what(const struct job *job, json_t **out, struct error *err);

/* what with the date in it: the second key of a job that asks the clock. */
int jobspec_dated(const json_t *what, const char *date, json_t **out,
    struct error *err);

/* The key: the name that what has as a blob. Nothing is stored. */
int jobspec_key(const json_t *what, struct digest *out, struct error *err);

/* The outline of a job: a digest of all that its key is made of, but with whole
 * tables (ids has those of all nodes that the inputs name, one after another)
 * in place of the columns that are read, so that equal outlines have equal
 * keys. Null where there is none: files of a landing directory, helpers, a
 * snapshot count. date is the snapshot's. */
int jobspec_outline(const struct job *job, const struct digest *const *ids,
    const char *date, struct digest *out, struct error *err);

/* What a table's text format says, as csv.h wants it. is_tsv: tabs unless
 * said otherwise; is_command: its one-column rule. */
struct csv_format jobspec_format(const struct text_format *format, bool is_tsv,
    bool is_command);

/* The node's contract for the builder of tables. The arrays are the caller's
 * (mem_free(pinned)); names are borrowed from the node. */
int jobspec_contract(const struct node *node, struct table_spec *out,
    struct column **pinned, struct error *err);

/* The request to a worker (protocol.h) of op "run" or "columns": everything
 * but the directory and the sandbox. */
int jobspec_request(const struct job *job, const char *op,
    const struct digest *key, json_t **out, struct error *err);

#endif
