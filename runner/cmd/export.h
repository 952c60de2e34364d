#ifndef SLUICE_RUNNER_CMD_EXPORT_H
#define SLUICE_RUNNER_CMD_EXPORT_H
/*
 * export -- all tables of one run as files of a directory, for those who have
 * no sluice: one set, whole or not at all.
 *
 * Shape      DIR/ClinicA/Patient.csv, or .parquet, for node ClinicA/Patient, or
 *            all of them in DIR/tables.sqlite, a table each by the node's
 *            path; and DIR/manifest.json (docs: formats, "Export").
 * Replaced   The set is made and synced beside DIR, in .NAME.new, and then gets
 *            its name by one rename; a set that is there gets the other's name
 *            by the same one (renameat2, RENAME_EXCHANGE) and stays in
 *            .NAME.before until the next export: who has entered DIR reads on
 *            in one set. Where the file system cannot exchange, there are two
 *            renames, and a moment without DIR between them.
 * Killed     DIR is what it was, or the new set. The next export removes what
 *            was left beside it.
 * Errors     ERROR_NODE where a node has no table; ERROR_USAGE where DIR is
 *            something that we did not write; ERROR_BUSY where another export
 *            into it is at work.
 */
#include "runner/cmd/made.h"

enum export_format {
	EXPORT_CSV,
	EXPORT_SQLITE,
	EXPORT_PARQUET
};

/* m: opened without a node. */
int export_all(const struct made *m, enum export_format format, const char *dir,
    struct error *err);

#endif
