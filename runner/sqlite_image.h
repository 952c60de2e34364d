#ifndef SLUICE_RUNNER_SQLITE_IMAGE_H
#define SLUICE_RUNNER_SQLITE_IMAGE_H
/*
 * sqlite_image -- rows as the pages of a SQLite database, written directly: an
 * INSERT of a row costs some five times as much. Private to the engine.
 *
 * Use        struct sqlite_image image = { 0 };
 *            sqlite_image_open(&image, db, "main", &is_fit);
 *            for each table: sqlite_tree_open(), _add() for each row,
 *            _finish(); sqlite_image_give(&image, db, "main");
 *            sqlite_image_clear().
 *            A table whose leaves stand in a file (images.h) has them from
 *            there: sqlite_image_add_file(), sqlite_tree_add_file().
 * Shape      The tables are there, empty; their pages are taken out of the
 *            connection, b-trees grow behind them, and it gets all of it back
 *            as the same database, which is read only from then on.
 * Source     sqlite.org/fileformat2.html, 1.3, 1.6, 2.1
 * Twin       INSERT: test_sqlite_image compares them, and asks SQLite's own
 *            integrity_check.
 * Errors     What SQLite's functions give: SQLITE_OK, SQLITE_NOMEM ... Memory
 * is SQLite's own, so that its limit holds.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "cache/base/buf.h"
#include "cache/base/file.h"

/* SQLite's own default, of databases in memory too. */
enum {
	SQLITE_PAGE = 4096
};

/* Leaves in a file, behind a first page that is not theirs. */
struct sqlite_leaves {
	int fd; /* borrowed */
	struct file_map map;
	uint32_t first; /* the number of their first page in the image */
	uint32_t n;
};

struct sqlite_image {
	unsigned char *pages; /* all but those of files */
	sqlite3_uint64 n, room; /* bytes */
	sqlite3_uint64 head; /* of the pages that were there at first; those of
	                        files are behind them, ... */
	sqlite3_uint64 in_files; /* ... so many bytes */
	struct sqlite_leaves *files;
	size_t n_files, cap_files;
};

/* A value as a record holds it; a text is borrowed. */
struct sqlite_cell {
	enum sqlite_cell_kind {
		CELL_NULL,
		CELL_INTEGER,
		CELL_REAL,
		CELL_TEXT,
	} kind;
	int64_t integer;
	double real;
	struct bytes text;
};

/* The pages of a database of the connection. *is_fit: they are of a form that
 * is known here; else there is no image. */
int sqlite_image_open(struct sqlite_image *image, sqlite3 *db,
    const char *schema, bool *is_fit);
void sqlite_image_clear(struct sqlite_image *image);

/* Pages of a file of so many bytes (struct sqlite_leaves) become the image's,
 * before any tree is opened. They are read where they are. */
int sqlite_image_add_file(struct sqlite_image *image, int fd, uint64_t bytes);

/* Back to the connection; the image is empty then, also where it fails. *room
 * is what the database may lie in: to be cleared when it is closed. */
int sqlite_image_give(struct sqlite_image *image, sqlite3 *db,
    const char *schema, struct file_map *room);

/* The rows of one table whose root, an empty leaf, is this page; or 0: leaves
 * alone, for a file, in an image that has nothing else. */
struct sqlite_tree;
int sqlite_tree_open(struct sqlite_image *image, uint32_t root,
    struct sqlite_tree **out);
void sqlite_tree_close(struct sqlite_tree *t);
void sqlite_tree_closep(struct sqlite_tree **t);

/* The next row, of the next rowid, from 1. SQLITE_TOOBIG: longer than SQLite
 * has any, or, of leaves alone, than one of them has room for. */
int sqlite_tree_add(struct sqlite_tree *t, const struct sqlite_cell *cells,
    size_t n);
int sqlite_tree_finish(struct sqlite_tree *t);

/* In place of rows: all those of a file of the image, the first from 0.
 * SQLITE_CORRUPT where they are not leaves with so many rows. */
int sqlite_tree_add_file(struct sqlite_tree *t, size_t file, uint64_t rows);

/* Of leaves alone: takes out those that are full (is_last: all), to be written
 * before the next row. */
int sqlite_tree_take(struct sqlite_tree *t, bool is_last, struct bytes *out);

#endif
