#ifndef SLUICE_RUNNER_CMD_VERIFY_H
#define SLUICE_RUNNER_CMD_VERIFY_H
/*
 * verify -- is what a manifest says still so?
 *
 * Read       Every blob that it refers to: sources, keys' documents, tables
 *            with all their rows, logs. A key is the name of the document that
 *            lies under it, and the tables that this document names must be
 *            those of the node's inputs in the manifest.
 * Rebuild    Nodes are executed again and their tables compared. Equal ones
 *            become results of tier "verified". Those of DuckDB are executed
 *            a third time with the rows of their inputs backwards: who gives
 *            other rows then (row_number() over ties, LIMIT without ORDER BY)
 *            is named, with the columns; that is a remark, not a problem.
 * Errors     Damage is not an error: it is a problem in the report. Damaged
 *            blobs are in quarantine afterwards.
 */
#include "cache/differs.h"
#include "cache/digest_set.h"
#include "cache/table.h"
#include "runner/cmd/cmd.h"

struct verify_problem {
	const char *node; /* a path of the manifest; "" of the snapshot */
	const char *what; /* "table", "part", "key", "input", "log", ... */
	struct digest id;
	const char *why; /* "missing", "damaged", "differs", "fails" */
	const struct manifest_node *again; /* of "rebuild": how it came out */
};

struct verify_report {
	uint64_t nodes, blobs, bytes, rows;
	struct verify_problem *problems;
	size_t n, cap;
	struct digest_set seen; /* each blob is read once */
};

/* Reads; the report borrows from the manifest. */
int verify_read(struct store *st, const struct manifest *m,
    struct verify_report *out, struct error *err);

/* A node that gives other rows where its inputs come in another order, and the
 * columns in which they are others (differs.h). */
struct verify_unsettled {
	const char *node;
	struct differs differs;
};

/* Adds a problem. */
int verify_add(struct verify_report *r, const struct verify_problem *p,
    struct error *err);

/* Frees; empty and usable again. */
void verify_report_clear(struct verify_report *r);

#endif
