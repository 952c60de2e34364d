#ifndef SLUICE_CACHE_RESULT_H
#define SLUICE_CACHE_RESULT_H
/*
 * result -- what an execution made, under its key.
 *
 * A key is the blob name of `what` (sluice-job/1), everything the execution
 * could see. results/KEY holds one record per tier:
 *
 *   {"format":"sluice-result/1","records":{"branch":{"by":...,"epoch":...,
 *    "key":...,"log":...,"state":"ok","table":...,"tier":"branch"}, ...}}
 *
 * state  "ok"      the table is its outcome
 *        "doubtful"
 *                  the same, but its @key or a @column does not hold;
 *                  "offending" has the table of the rows that break the key,
 *                  and their number
 *        "failed"  the code failed (class, exit status, position; remembered
 *                  so that a push does not repeat it)
 *        "clock"   the execution asked for the date: the outcome is under a
 *                  second key, `what` with the date in it
 * The first "ok" of a tier stays; a later execution whose table differs, or
 * whose code fails, is recorded beside it in "others" and marks the node
 * unstable:
 *
 *   "others":[{"by":...,"columns":["n"],"epoch":...,"table":...},
 *             {"by":...,"epoch":...,"failure":{"class":"exit","exit":3}}]
 *
 * columns are those that differ, where that was looked at. Of what is unstable
 * a record of tier "verified" counts as absent. A "failed" is replaced by a
 * later "ok" (a retry that went well); "clock" replaces "ok" and stays. A
 * record whose table's blob is gone, whose epoch was disowned, or whose file is
 * damaged (its member "digest" tells) counts as absent.
 * Only the control side writes results.
 */
#include "cache/store.h"

enum result_tier {
	TIER_LOCAL,
	TIER_BRANCH,
	TIER_VERIFIED
};
enum result_state {
	RESULT_OK,
	RESULT_FAILED,
	RESULT_CLOCK
};

/* Why a node failed. Classes up to FAILURE_OUTPUT are the code's own fault
 * and remembered; the others are the surroundings' and are not. */
enum failure_class {
	FAILURE_NONE,
	FAILURE_SQL, /* the engine refused or failed the SQL */
	FAILURE_EXIT, /* the command ended with a status other than 0 */
	FAILURE_SIGNAL, /* the command was killed by a signal of its own */
	FAILURE_OUTPUT, /* the output could not be read as a table, or has a
	                   value that does not fit its type (@column) */
	FAILURE_INPUT, /* an input does not fit (a union's columns differ) */
	FAILURE_TIMEOUT,
	FAILURE_MEMORY,
	FAILURE_SURROUNDINGS, /* no interpreter, no sandbox, no disk */
	FAILURE_CANCELLED,
};

enum {
	RESULT_DIFFERS = 400,
};

struct result {
	struct digest key;
	struct digest table; /* null unless RESULT_OK */
	struct digest log; /* null where there is no log */
	enum result_tier tier;
	enum result_state state;
	long long epoch; /* the store's epoch when it was made */
	char by[64]; /* which run or host made it */
	/* RESULT_OK whose contract does not hold, and the rows that break its
	 * @key: their table (null: the key is not what does not hold). */
	bool is_doubtful;
	struct digest offending;
	uint64_t n_offending;
	/* RESULT_FAILED alone: */
	enum failure_class failure;
	int exit_status; /* of FAILURE_SIGNAL the signal's number */
	int line, col; /* of the user's file, or 0 */
	char message[512]; /* for readers inside the house alone */
	bool unstable; /* a later execution gave another table, or failed */
	char differs[RESULT_DIFFERS]; /* in which columns, a line each; "": it
	                                 is not known, or in none */
	enum failure_class second; /* how a later execution failed */
};

/* The record of key in the best tier not below least, of an epoch not below
 * the store's, or ERROR_NOT_FOUND. An RESULT_OK whose table's blob is gone
 * counts as not found. */
int result_get(struct store *st, const struct digest *key,
    enum result_tier least, struct result *out, struct error *err);

/* Records an outcome durably (store.h); the rules above. Safe against other
 * writers. Failures of the surroundings are recorded too, for their log and
 * message: it is for the reader to execute again. What was cancelled is not
 * recorded. Of r, differs alone says how it is unstable, and counts where the
 * table is another than the one that is there. unstable, where not NULL, tells
 * whether it is. */
int result_put(struct store *st, const struct result *r, bool *unstable,
    struct error *err);

/* Reads the record of key as result_get() does, whatever it holds:
 * ERROR_NOT_FOUND where there is none, or where it was damaged and now is in
 * quarantine. */
int result_check(struct store *st, const struct digest *key, struct error *err);

/* What is new wherever the record of key is replaced; false where there is
 * none. Not read, and no promise that it can be. */
struct result_stamp {
	uint64_t inode, bytes;
	int64_t changed; /* nanoseconds since 1970 */
};
bool result_stamp(struct store *st, const struct digest *key,
    struct result_stamp *out);

/* The store's epoch (0 at first), and raising it by one: what was made before
 * counts as absent from then on. */
int result_epoch(struct store *st, long long *out, struct error *err);
int result_raise_epoch(struct store *st, struct error *err);

/* The word of a class, as in files and reports; and back (-1: unknown). */
const char *failure_name(enum failure_class failure);
int failure_of(const char *name);

#endif
