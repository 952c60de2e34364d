#ifndef SLUICE_RUNNER_LANG_PIPELINE_H
#define SLUICE_RUNNER_LANG_PIPELINE_H
/*
 * pipeline -- a source, resolved: every node with its code, its inputs, its
 * contract, and where each of them was written (docs: language).
 *
 * Use        pipeline_load(src, &options, &p, err); for each node in
 *            p->nodes[p->order[i]] (inputs before readers) ...;
 *            pipeline_free(p).
 * Shape      Immutable after loading; it owns everything in it.
 * Errors     pipeline_load() returns ERROR_SYNTAX or ERROR_CYCLE where the
 *            text has errors; *out is then set all the same and holds all of
 *            them as diagnostics; err has the first. Other codes: no *out.
 * Pure       No clock, no process, no store. No recursion on input depth;
 *            limits (nodes, bytes, mounts) are errors, not crashes.
 */
#include <stdint.h>

#include "cache/base/json.h"
#include "cache/base/map.h"
#include "runner/lang/source.h"

/* A place in a file of the user. */
struct place {
	const char *path;
	int line, col;
};

struct diagnostic {
	bool is_warning;
	struct place at;
	const char *message;
	/* How the file came here, innermost first: n_included of these say
	 * "included from", the others "mounted at". */
	const struct place *chain;
	size_t n_chain, n_included;
};

enum node_kind {
	NODE_CODE, /* text run by an action: engine "sqlite", "duckdb", or
	              "command" */
	NODE_TABLE, /* a .csv or .tsv in git */
	NODE_SOURCE, /* action/source/file: files of the landing directory */
};

/* Names of columns, in letters of any case. */
struct columns {
	const char *const *names;
	size_t n;
};

/* What the code sees under a local name. */
struct input {
	const char *name;
	struct place at;
	/* One node; or, for a pattern, one table of all that match: n_nodes >=
	 * 1 and from[i] is what the star stood for. is_union tells which. */
	const size_t *nodes;
	const char *const *from;
	uint32_t n_nodes;
	bool is_union;
	/* @depend X (a, b): the code is given those and no others. */
	uint32_t n_columns;
	const char *const *columns;
	/* Of a test: the columns that its code reads; NULL: to be found. */
	const struct columns *reads;
	/* Of a test case: the file that stands for the table, "" for one
	 * without rows; nodes then tell the columns alone. NULL: neither. */
	const char *fixture;
};

struct helper {
	const char *name; /* in the job's directory */
	const char *path; /* in the source */
	const char *blob; /* its git blob id */
	struct place at;
};

/* @key, @column, @ordered, @format: of the node's table. */
struct contract_column {
	const char *name;
	const char *type; /* as written: cache/type.h parses it */
	const char *unit, *doc; /* NULL where none */
	const char *tolerance; /* "1e-9" of a "±1e-9", or NULL */
	struct place at;
};

struct contract {
	const char *const *key;
	const struct contract_column *columns;
	uint32_t n_key, n_columns;
	struct place key_at;
	bool ordered;
};

enum {
	QUOTE_NONE = '\n' /* quote=none; no quote can be that */
};
struct text_format {
	char delimiter, quote; /* 0: not said */
	bool no_header, windows_1252;
	const char *null; /* NULL: not said */
};

struct action {
	const char *path; /* "action/sql/sqlite" */
	const char *engine; /* "sqlite" "duckdb" "command" "file" */
	const char *run; /* of "command": {{@file}} still in it */
	const char *probe; /* or NULL */
	const char *quote; /* "sql" "python" "r" "shell" or NULL */
	struct digest text; /* of what the action says: engine, run, quote,
	                       format, probe; not of its comments */
	struct place at; /* of @run or @engine */
};

/* A @test or @warn of a node: a query whose rows offend. */
struct data_test {
	bool is_warning; /* it never blocks */
	const char *text; /* as written: "not_null(id)", "./check.sql" */
	struct place at;
	struct bytes body; /* in SQLite's SQL */
	const char *file; /* that has the body, from this line on: */
	int line;
	/* What it reads: the table of node own as `table`, and of references()
	 * that of node other as "other" (SIZE_MAX: none). own is the node
	 * itself, or a node that is the query. */
	const char *table;
	size_t own, other;
	bool is_whole; /* about the table, not its rows: rows(), coverage() */
	/* The columns that body names of either; is_known: and no others. */
	struct columns reads, reads_other;
	bool is_known;
};

/* A test case of code: given tables, and the one that is to come out. */
struct node_case {
	const char *name; /* "Patient.test/empty" */
	const char *expect; /* its files, in the source */
	const char *const *fixtures; /* as the node's inputs; "": no rows */
};

/* A file whose header counts for a node: that of its code, and each that it
 * includes. */
struct node_file {
	const char *path;
	struct bytes header; /* from its first line on, as written */
};

/* A parameter a node uses: value and where it was set. */
struct parameter {
	const char *name, *type, *value;
	struct place at; /* path NULL: a run's --set */
};

struct node {
	const char *path; /* "ClinicB/Patient", "ClinicB/Patient^" */
	const char *hides; /* path of the node it hides, or NULL */
	const char *hidden_blob; /* then: git blob id of that one's file */
	struct contract hidden; /* and its @columns, as they are written */
	const char *file; /* that gives the body (for line numbers) */
	const char *file_blob; /* its git blob id, 40 digits */
	const char *file_name; /* a command sees the code under it */
	const char *own_file; /* that makes this node be here: equal to
	                         file, or the file that includes it */
	const struct place *include; /* the chain of includes and mounts */
	/* Where keep_headers asks for them: its own file first, then what that
	 * includes, in order; actions are left out. */
	const struct node_file *files;
	uint32_t n_include, n_files;
	enum node_kind kind;
	int body_line; /* the body's first line in file, from 1 */
	/* NODE_CODE: the body after templates, from the first line behind the
	 * header; NODE_TABLE: the file's bytes are read with source_read(). */
	struct bytes body;
	const struct input *inputs; /* sorted by name */
	const struct helper *helpers; /* sorted by name */
	uint32_t n_inputs, n_helpers;
	struct contract contract;
	struct text_format format; /* the action's, overridden by the node's */
	const char *const *paths; /* NODE_SOURCE: @path patterns */
	const struct data_test *tests;
	const struct node_case *cases; /* sorted by name */
	uint32_t n_paths, n_tests, n_cases;
	const struct parameter *parameters; /* used, sorted by name */
	const char *const *phi;
	uint32_t n_parameters, n_phi;
	const char *doc, *owner, *volatile_reason; /* NULL where not said */
	const char *pool; /* or NULL */
	int64_t timeout_ms, memory_bytes; /* 0: not said */
	size_t action; /* index in pipeline.actions */
	int threads; /* 1 unless said */
	uint32_t n_readers; /* how many inputs of other nodes it is */
	struct digest recipe; /* of the resolved text and the inputs' recipes,
	                         without the path */
	bool release;
	bool uses_snapshot_date; /* {{@snapshot_date}} in it */
	bool is_test; /* runner/datatest.h: a test of a node, as one */
	bool is_mounted; /* a mount brought it */
};

struct pipeline {
	struct arena arena;
	struct source *source; /* borrowed: it must outlive the pipeline */
	struct action *actions;
	size_t n_actions;
	struct node *nodes; /* sorted by path */
	size_t n;
	size_t *order; /* indexes of nodes, inputs before readers */
	struct diagnostic *diagnostics; /* sorted by place */
	size_t n_diagnostics, n_errors;
	bool uses_date; /* {{@snapshot_date}} stands in some value or text */
};

struct parameter_value {
	const char *name, *value;
};

struct pipeline_options {
	const char *root; /* below the source's root; NULL or "": the root */
	const struct parameter_value *set; /* --set, borrowed */
	size_t n_set;
	const char *snapshot_date; /* NULL: the source's date */
	bool keep_headers; /* fills node.files, for those who show a node */
};

/* Resolves a source; see above for errors and what *out is then. */
int pipeline_load(struct source *src, const struct pipeline_options *options,
    struct pipeline **out, struct error *err);

/* Frees a pipeline with all in it. */
void pipeline_free(struct pipeline *p);
void pipeline_freep(struct pipeline **p);

/* The node of a path, or NULL. */
const struct node *pipeline_find(const struct pipeline *p, const char *path);

/* Nodes that the arguments of a command line name: a node, or a directory
 * (all nodes in it), read from directory `from` ("" is the root; a leading
 * slash starts at the root). set[i] becomes true for each; ERROR_USAGE
 * names the nearest path. */
int pipeline_select(const struct pipeline *p, const char *from,
    const char *const *args, size_t n, bool *set, struct error *err);

/* Adds to set what the nodes in it read, to the end. */
void pipeline_close_over_inputs(const struct pipeline *p, bool *set);

/* Adds an error that only who knows a store can see, in its place among the
 * others. Returns as pipeline_load() does, with the first of them in err. */
int pipeline_add_error(struct pipeline *p, struct place at, const char *message,
    struct error *err);

/* The whole pipeline as JSON: the form of tests/cases/lang (see README
 * there) and of `sluice graph --format json`. */
int pipeline_to_json(const struct pipeline *p, json_t **out, struct error *err);

/* "path:line:col: message" ("warning: " before that of one) and a line
 * "  included from path:line:col" for each of the chain. */
void diagnostic_print(const struct diagnostic *d, struct buf *out);

#endif
