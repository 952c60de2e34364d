#ifndef SLUICE_CACHE_MANIFEST_H
#define SLUICE_CACHE_MANIFEST_H
/*
 * manifest -- the outcome of a run, node by node (sluice-manifest/1). The only
 * contract between runner and reports.
 *
 * A run is (tree, snapshot, parameters, targets); the manifest is canonical
 * JSON, itself a blob, the same bytes whenever those four and the nodes'
 * outcomes are:
 *
 *   {"format":"sluice-manifest/1","nodes":{PATH:{"inputs":[PATH,...],
 *     "delivered":true,"key":...,"rows":3,"state":"ok","table":...,
 *     "origin":{"blob":...,"file":...,"include":[FILE,...]}}
 *     | {..., "state":"failed","failure":{"class","exit","line","col"},
 *        "log":...}
 *     | {..., "state":"blocked","by":[PATH,...]}
 *     | {..., "state":"stale","since":...}},
 *    "parameters":{},"snapshot":...,"snapshot_date":"2026-11-20",
 *    "targets":[],"tree":"<git tree id>"}
 *
 * An unstable node (result.h) has "unstable":true and, where it is known, also
 * "differs":{"columns":[NAME,...],"failure":CLASS}. A node that has tests has
 * "tests" (verdict.h), one with tolerances "tolerance" (tolerance.h), and one
 * below a node whose blocking tests do not hold "doubts":[PATH,...], the paths
 * of those.
 *
 * What is empty, null or false is left out, but for inputs and delivered.
 * Members and states of a later version are kept in `extra` and printed again,
 * so that parsing and printing gives the same bytes; a node of an unknown
 * state counts as NODE_WAITING.
 *
 * What differs between two executions of the same (times, hosts, what was
 * reused) is in the run record (run_record.h), which names the manifest.
 */
#include "cache/base/json.h"
#include "cache/result.h"
#include "cache/run_record.h"
#include "cache/store.h"
#include "cache/tolerance.h"
#include "cache/verdict.h"

enum node_state {
	NODE_OK,
	NODE_FAILED,
	NODE_BLOCKED,
	NODE_WAITING,
	NODE_STALE
};

struct manifest_node {
	char *path; /* "ClinicA/Patient" */
	char *file; /* of the file that gives the code */
	char *file_blob; /* its git blob id, 40 digits */
	char **include; /* the chain of includes and mounts, files */
	size_t n_include;
	char **inputs; /* paths of the nodes it reads, sorted, unique */
	size_t n_inputs;
	bool delivered; /* @release, or nothing depends on it */
	enum node_state state;
	struct digest key; /* null where it was never known */
	struct digest table; /* NODE_OK */
	uint64_t rows;
	struct digest log; /* null where there is none */
	enum failure_class failure; /* NODE_FAILED */
	int exit_status, line, col;
	bool unstable; /* executed twice, with two outcomes: */
	char **differs; /* the columns, where that is known */
	size_t n_differs;
	enum failure_class second; /* how the other execution failed */
	char **by; /* NODE_BLOCKED: the failed nodes, sorted */
	size_t n_by;
	struct verdicts verdicts;
	struct tolerances tolerances;
	char **doubts; /* nodes above it whose blocking tests do not hold */
	size_t n_doubts;
	char *since; /* NODE_STALE: the commit or run it is stale since */
	json_t *extra; /* what a later version wrote, or NULL */
};

struct manifest_parameter {
	char *name, *value;
};

struct manifest {
	struct digest id; /* null until saved or loaded */
	char tree[41]; /* git tree id; of a work tree: "" */
	struct digest snapshot;
	char snapshot_date[16];
	struct manifest_parameter *parameters; /* --set, sorted by name */
	size_t n_parameters;
	char **targets; /* sorted; none: all nodes */
	size_t n_targets;
	struct manifest_node *nodes; /* sorted by path */
	size_t n, cap;
	json_t *extra;
};

/* Frees what it owns; empty and usable again. */
void manifest_clear(struct manifest *m);

/* A zeroed node of that path behind the others; manifest_save() sorts. NULL
 * without memory. Strings in it are the manifest's (mem_strdup). */
struct manifest_node *manifest_add(struct manifest *m, const char *path);

/* The node of a path, or NULL. Binary search: the manifest is sorted. */
const struct manifest_node *manifest_find(const struct manifest *m,
    const char *path);

/* Sorts what is a set: nodes, their inputs and by, parameters, targets. */
void manifest_sort(struct manifest *m);

/* "ok", "failed", ... */
const char *node_state_name(enum node_state s);

/* Whether production may take the node: it has its table, its blocking tests
 * hold, and so do those above it. */
bool manifest_is_well(const struct manifest_node *n);

/* The canonical text of a sorted manifest, and back. Parsing takes everything a
 * later version may have added, and ERROR_CORRUPT for anything else. Saving
 * sorts and sets the id; loading verifies. */
int manifest_print(const struct manifest *m, struct buf *out,
    struct error *err);
int manifest_parse(struct bytes text, struct manifest *out, struct error *err);
int manifest_save(struct store *st, struct manifest *m, struct error *err);
int manifest_load(struct store *st, const struct digest *id,
    struct manifest *out, struct error *err);

#endif
