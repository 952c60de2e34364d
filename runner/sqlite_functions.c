/* sqlite_functions: what clinical SQL expects and SQLite lacks (docs:
 * language, "Functions"). Each gives what DuckDB's of that name gives, so that
 * a node may change its engine; a test compares the two. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/sqlite_functions.h"

/* -- median -- */

struct values {
	double *v;
	size_t n, cap;
};

static void add_value(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct values *s = sqlite3_aggregate_context(ctx, sizeof(*s));

	(void)argc;
	if (s == NULL || sqlite3_value_type(argv[0]) == SQLITE_NULL)
		return;
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 64;
		double *v = sqlite3_realloc64(s->v, cap * sizeof(*v));

		if (v == NULL) {
			sqlite3_result_error_nomem(ctx);
			return;
		}
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = sqlite3_value_double(argv[0]);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void finish_median(sqlite3_context *ctx)
{
	struct values *s = sqlite3_aggregate_context(ctx, 0);
	size_t half;

	if (s == NULL || s->n == 0)
		return;
	qsort(s->v, s->n, sizeof(*s->v), compare);
	half = s->n / 2;
	sqlite3_result_double(ctx,
	    s->n % 2 ? s->v[half]
	             : s->v[half - 1] + (s->v[half] - s->v[half - 1]) / 2);
	sqlite3_free(s->v);
}

/* -- variance: Welford's recurrence -- */

struct moments {
	int64_t n;
	double mean, m2;
};

static void add_moment(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct moments *s = sqlite3_aggregate_context(ctx, sizeof(*s));
	double x, delta;

	(void)argc;
	if (s == NULL || sqlite3_value_type(argv[0]) == SQLITE_NULL)
		return;
	x = sqlite3_value_double(argv[0]);
	s->n++;
	delta = x - s->mean;
	s->mean += delta / (double)s->n;
	s->m2 += delta * (x - s->mean);
}

static void give_moment(sqlite3_context *ctx, bool is_population, bool is_root)
{
	const struct moments *s = sqlite3_aggregate_context(ctx, 0);
	double v;

	if (s == NULL || s->n == 0 || (!is_population && s->n == 1))
		return;
	v = s->m2 / (double)(is_population ? s->n : s->n - 1);
	sqlite3_result_double(ctx, is_root ? sqrt(v) : v);
}

static void finish_stddev(sqlite3_context *ctx)
{
	give_moment(ctx, false, true);
}

static void finish_stddev_pop(sqlite3_context *ctx)
{
	give_moment(ctx, true, true);
}

static void finish_variance(sqlite3_context *ctx)
{
	give_moment(ctx, false, false);
}

static void finish_var_pop(sqlite3_context *ctx)
{
	give_moment(ctx, true, false);
}

/* -- string_agg -- */

struct joined {
	char *p;
	size_t n, cap;
	bool any;
};

static bool join(struct joined *s, const void *p, size_t n)
{
	if (s->n + n > s->cap) {
		size_t cap = 2 * (s->n + n) + 64;
		char *more = sqlite3_realloc64(s->p, cap);

		if (more == NULL)
			return false;
		s->p = more;
		s->cap = cap;
	}
	if (n > 0)
		memcpy(s->p + s->n, p, n);
	s->n += n;
	return true;
}

static void add_text(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct joined *s = sqlite3_aggregate_context(ctx, sizeof(*s));
	const void *text, *between = argc > 1 ? "" : ",";
	size_t n = argc > 1 ? 0 : 1;

	if (s == NULL || sqlite3_value_type(argv[0]) == SQLITE_NULL)
		return;
	if (argc > 1 && sqlite3_value_type(argv[1]) != SQLITE_NULL) {
		between = sqlite3_value_text(argv[1]);
		n = (size_t)sqlite3_value_bytes(argv[1]);
	}
	text = sqlite3_value_text(argv[0]);
	if (text == NULL || between == NULL ||
	    (s->any && !join(s, between, n)) ||
	    !join(s, text, (size_t)sqlite3_value_bytes(argv[0])))
		sqlite3_result_error_nomem(ctx);
	s->any = true;
}

static void finish_text(sqlite3_context *ctx)
{
	struct joined *s = sqlite3_aggregate_context(ctx, 0);

	if (s == NULL || !s->any)
		return;
	sqlite3_result_text64(ctx, s->p ? s->p : "", s->n, SQLITE_TRANSIENT,
	    SQLITE_UTF8);
	sqlite3_free(s->p);
}

/* -- md5 -- */

static void md5(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	char hex[MD5_HEX + 1];
	const char *text = (const char *)sqlite3_value_text(argv[0]);

	(void)argc;
	if (sqlite3_value_type(argv[0]) == SQLITE_NULL)
		return;
	if (text == NULL ||
	    digest_md5(
	        (struct bytes){ text, (size_t)sqlite3_value_bytes(argv[0]) },
	        hex, NULL)) {
		sqlite3_result_error_nomem(ctx);
		return;
	}
	sqlite3_result_text(ctx, hex, MD5_HEX, SQLITE_TRANSIENT);
}

int sqlite_functions_add(struct sqlite_job *job, struct error *err)
{
	static const struct {
		const char *name;
		int n;
		void (*call)(sqlite3_context *, int, sqlite3_value **);
		void (*step)(sqlite3_context *, int, sqlite3_value **);
		void (*finish)(sqlite3_context *);
	} functions[] = {
		{ "median", 1, NULL, add_value, finish_median },
		{ "stddev", 1, NULL, add_moment, finish_stddev },
		{ "stddev_samp", 1, NULL, add_moment, finish_stddev },
		{ "stddev_pop", 1, NULL, add_moment, finish_stddev_pop },
		{ "variance", 1, NULL, add_moment, finish_variance },
		{ "var_samp", 1, NULL, add_moment, finish_variance },
		{ "var_pop", 1, NULL, add_moment, finish_var_pop },
		{ "string_agg", 1, NULL, add_text, finish_text },
		{ "string_agg", 2, NULL, add_text, finish_text },
		{ "md5", 1, md5, NULL, NULL },
		{ "regexp", 2, sqlite_regexp, NULL, NULL },
		{ "regexp_matches", 2, sqlite_regexp_matches, NULL, NULL },
		{ "regexp_extract", 2, sqlite_regexp_extract, NULL, NULL },
		{ "regexp_extract", 3, sqlite_regexp_extract, NULL, NULL },
		{ "regexp_replace", 3, sqlite_regexp_replace, NULL, NULL },
		{ "regexp_replace", 4, sqlite_regexp_replace, NULL, NULL },
		{ "date_diff", 3, sqlite_date_diff, NULL, NULL },
		{ "datediff", 3, sqlite_date_diff, NULL, NULL },
		{ "date_sub", 3, sqlite_date_sub, NULL, NULL },
	};
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_LEN(functions); i++)
		rc = sqlite3_create_function(job->db, functions[i].name,
		    functions[i].n, flags, NULL, functions[i].call,
		    functions[i].step, functions[i].finish);
	return rc ? sqlite_failed(job, rc, ENGINE_NO_PLACE, err) : 0;
}
