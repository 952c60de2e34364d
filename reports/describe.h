#ifndef SLUICE_REPORTS_DESCRIBE_H
#define SLUICE_REPORTS_DESCRIBE_H
/*
 * describe -- what a page tells of a node beside its manifest: its words, its
 * code, and where each line of it comes from. Data alone: reports know neither
 * git nor the language, so whoever has the pipeline fills it in.
 *
 * Shape      items sorted by path; texts are the node's own file first, then
 *            what it inherits, the code last.
 * Ownership  Everything is borrowed, as a rule from a pipeline, which must
 *            outlive the report.
 */
#include "cache/base/buf.h"

/* A line of a user's file. */
struct described_place {
	const char *path; /* NULL: of a run's --set */
	int line;
};

/* Lines of a file, as written; the code as it runs, its parameters filled
 * in. */
struct described_text {
	struct described_place at; /* its first line */
	struct bytes text;
	bool is_code;
	bool is_inherited; /* from another file than the node's own */
};

struct described_parameter {
	const char *name, *value;
	struct described_place at;
};

struct described_column {
	const char *name, *unit, *doc; /* NULL where not said */
};

/* Under which name the code reads a node; a pattern gives a row for each. */
struct described_input {
	const char *name, *path;
};

struct description {
	const char *path;
	const char *action; /* "action/sql/sqlite"; NULL: a table in git */
	const char *doc, *owner; /* NULL where not said */
	const char *hides; /* the node it stands in the place of, or NULL */
	const struct described_place *brought_by; /* mounts, includes */
	size_t n_brought_by;
	const struct described_text *texts;
	size_t n_texts;
	const struct described_parameter *parameters;
	size_t n_parameters;
	const struct described_column *columns;
	size_t n_columns;
	const struct described_input *inputs;
	size_t n_inputs;
	const char *const *tests; /* as written: "not_null(id)" */
	size_t n_tests;
};

struct descriptions {
	const struct description *items;
	size_t n;
};

/* The description of a node, or NULL; d may be NULL. */
const struct description *description_find(const struct descriptions *d,
    const char *path);

/* The line of the node's code or headers that at names, without its line
 * feed; n 0 where it is not among them. */
struct bytes description_line(const struct description *d,
    struct described_place at);

#endif
