#ifndef SLUICE_CACHE_SNAPSHOT_TAKE_H
#define SLUICE_CACHE_SNAPSHOT_TAKE_H
/*
 * snapshot_take -- a snapshot of what lies in a landing directory now.
 *
 * Others write into that directory while we read it. A file counts when it has
 * been quiet for two seconds and did not change under our hands, and a
 * snapshot when a second look, after all was copied, finds the directory as
 * the first one did: then there was a moment at which all of it was so. What
 * is not so makes the snapshot incomplete, never wrong.
 *
 * Use        struct snapshot_pattern p = { .text = "lab.*" };
 *            snapshot_take(st, &request, &snapshot, err);
 * Errors     ERROR_BUSY: the snapshot would be incomplete, try again; what was
 *            copied is not copied again. ERROR_DENIED: what a pattern matches
 *            is no regular file, or may not be read. ERROR_NOT_FOUND: there
 *            is no such directory.
 */
#include "cache/snapshot.h"

/* Files that are asked for (base/text.h: text_match). */
struct snapshot_pattern {
	const char *text;
	bool is_optional; /* trouble with its files leaves it out: */
	bool is_left_out; /* set by taking */
	struct error why; /* set by taking */
};

struct snapshot_request {
	const char *landing;
	struct snapshot_pattern *patterns;
	size_t n_patterns;
	const char *date;
	/* A child: the files and the date of base as they are, and what it does
	 * not have. Files that a settled pattern matches are not added: base
	 * has those of its moment. */
	const struct snapshot *base;
	const char *const *settled;
	size_t n_settled;
	int64_t now; /* milliseconds since 1970 */
};

/* Takes what matches any of the patterns: copied and hashed into the store.
 * Files whose size, times and inode are as the index of earlier takings has
 * them are not read again. Where every pattern is left out, the first one's
 * reason is the error. */
int snapshot_take(struct store *st, const struct snapshot_request *request,
    struct snapshot *out, struct error *err);

/* Without copying anything: why a taking could not be complete now, in the same
 * words; or 0, and in *n how many files it would add. */
int snapshot_look(const struct snapshot_request *request, size_t *n,
    struct error *err);

#endif
