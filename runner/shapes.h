#ifndef SLUICE_RUNNER_SHAPES_H
#define SLUICE_RUNNER_SHAPES_H
/*
 * shapes -- the columns of nodes' tables, as far as they are known before a
 * run.
 *
 * Use        struct shapes s = { .p = p, .rq = rq, .worker = w };
 *            shapes_make(&s, wanted, err); s.nodes[i] is that of node i;
 *            arena_clear(&s.arena).
 * Shape      They are found in the order of the DAG: those of a table in git
 *            are its header and what its values are; the names of files of the
 *            run's snapshot are their header; those of SQL are what its query
 *            gives, prepared over the columns of its inputs; of any other node
 *            the names are those of the last run. A type is the @column's,
 *            else what the engine tells, else the last run's, where the node
 *            and all above it are as they were.
 * Ownership  All is the arena's.
 */
#include "runner/run.h"
#include "runner/worker.h"

/* The columns of a node's table, as far as they are known. */
struct shape {
	struct column *columns; /* TYPE_NONE: of a type that is not known */
	size_t n;
	bool is_known;
	bool is_certain; /* no run can show other names */
	bool is_same; /* as in the last run, and so is all above it */
	/* Of a table in git, a place per column: it has no value, which is text
	 * for want of a better type. NULL: not known. */
	const bool *is_empty;
};

struct shapes {
	const struct pipeline *p;
	const struct run_request *rq;
	struct worker *worker;
	struct arena arena;
	struct shape *nodes; /* a place per node */
};

/* Of the nodes in wanted, to which those are added that they read. */
int shapes_make(struct shapes *s, bool *wanted, struct error *err);

/* Those of a node's inputs, in their order; *out NULL where one is not
 * known. */
int shapes_of_inputs(struct shapes *s, const struct node *n, struct shape **out,
    struct error *err);

/* The engine's answer ("columns" and "gives", protocol.h) about SQL over inputs
 * of these columns; what has no known type stands there as text. */
int shapes_ask(struct shapes *s, const struct node *n,
    const struct shape *inputs, json_t **reply, struct error *err);
bool shapes_is_ok(const json_t *reply);

/* Whether a node's code is SQL, which an engine can be asked about. */
bool shapes_is_sql(const struct shapes *s, const struct node *n);

/* What a node was in the last run, where it had a table; or NULL. */
const struct manifest_node *shapes_last(const struct shapes *s,
    const char *path);
bool shapes_is_as_it_was(const struct shapes *s, const struct node *n);

/* The index of a column by its name in letters of any case, or n. */
size_t shape_find(const struct shape *s, const char *name);

/* The same columns, with room for more; the same and one behind them. out may
 * be from. */
int shape_copy(struct shapes *s, const struct shape *from, size_t room,
    struct shape *out, struct error *err);
int shape_add(struct shapes *s, const struct shape *from, const char *name,
    struct type type, struct shape *out, struct error *err);

#endif
