/* sqlite_clock: date and chance. SQLite asks the connection's VFS for the
 * time, once a statement and only where the statement wants it; so a VFS that
 * differs from the default one in that call alone pins the clock and notes
 * whether it mattered. SQLite's own random() draws from a generator that all
 * connections of a process share; ours replaces it, so that a job's numbers
 * depend on its seed and on nothing that ran before it. */
#include <stdio.h>
#include <string.h>

#include "runner/sqlite_job.h"

static const int64_t julian_1970 = 210866760000000; /* milliseconds */
static const int64_t day_ms = 86400000;

static int current_ms(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
	/* the first member; pAppData is what the system's own calls need */
	struct sqlite_clock *clock = (struct sqlite_clock *)vfs;

	clock->asked = true;
	*out = clock->julian_ms;
	return SQLITE_OK;
}

static int current_days(sqlite3_vfs *vfs, double *out)
{
	sqlite3_int64 ms;

	current_ms(vfs, &ms);
	*out = (double)ms / (double)day_ms;
	return SQLITE_OK;
}

int sqlite_clock_open(struct sqlite_job *job, const char *date,
    const char *seed, struct error *err)
{
	struct sqlite_clock *clock = &job->clock;
	sqlite3_vfs *system = sqlite3_vfs_find(NULL);
	struct digest d = { { 0 } };
	int64_t days = 0;
	int rc;

	if (system == NULL)
		return error_set(err, ERROR_IO, "SQLite has no VFS");
	if ((*date != '\0' && (rc = engine_date(date, &days, err))) ||
	    (*seed != '\0' && (rc = digest_parse(seed, &d, err))) ||
	    (rc = digest_of(
	         (struct bytes){ (const char *)d.bytes, sizeof(d.bytes) }, &d,
	         err))) /* no seed is a poor state */
		return rc;
	memcpy(clock->state, d.bytes, sizeof(clock->state));
	clock->julian_ms = julian_1970 + days * day_ms;
	clock->vfs = *system;
	snprintf(clock->name, sizeof(clock->name), "sluice-%p",
	    (const void *)clock);
	clock->vfs.zName = clock->name;
	clock->vfs.pNext = NULL;
	clock->vfs.xCurrentTime = current_days;
	clock->vfs.xCurrentTimeInt64 = current_ms;
	if (clock->vfs.iVersion < 2)
		clock->vfs.iVersion = 2;
	if (sqlite3_vfs_register(&clock->vfs, 0))
		return error_set(err, ERROR_IO, "SQLite refuses a VFS");
	return 0;
}

void sqlite_clock_close(struct sqlite_job *job)
{
	if (job->clock.vfs.zName != NULL)
		sqlite3_vfs_unregister(&job->clock.vfs);
	job->clock.vfs.zName = NULL;
}

static uint64_t rotate(uint64_t x, int by)
{
	return (x << by) | (x >> (64 - by));
}

/* xoshiro256** (Blackman and Vigna, 2018). */
static uint64_t random_next(struct sqlite_clock *clock)
{
	uint64_t *s = clock->state;
	uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

static void random_function(sqlite3_context *ctx, int n, sqlite3_value **args)
{
	(void)n;
	(void)args;
	sqlite3_result_int64(ctx,
	    (sqlite3_int64)random_next(sqlite3_user_data(ctx)));
}

static void randomblob_function(sqlite3_context *ctx, int n,
    sqlite3_value **args)
{
	struct sqlite_clock *clock = sqlite3_user_data(ctx);
	sqlite3_int64 size = sqlite3_value_int64(args[0]), i;
	unsigned char *p;

	(void)n;
	if (size < 1)
		size = 1;
	if (size > sqlite3_limit(sqlite3_context_db_handle(ctx),
	               SQLITE_LIMIT_LENGTH, -1)) {
		sqlite3_result_error_toobig(ctx);
		return;
	}
	p = sqlite3_malloc64((sqlite3_uint64)size);
	if (p == NULL) {
		sqlite3_result_error_nomem(ctx);
		return;
	}
	for (i = 0; i < size; i++)
		p[i] = (unsigned char)(random_next(clock) >> 56);
	sqlite3_result_blob64(ctx, p, (sqlite3_uint64)size, sqlite3_free);
}

int sqlite_clock_add(struct sqlite_job *job, struct error *err)
{
	if (sqlite3_create_function(job->db, "random", 0, SQLITE_UTF8,
	        &job->clock, random_function, NULL, NULL) ||
	    sqlite3_create_function(job->db, "randomblob", 1, SQLITE_UTF8,
	        &job->clock, randomblob_function, NULL, NULL))
		return sqlite_failed(job, sqlite3_errcode(job->db), 0, err);
	return 0;
}
