/* sluice store stat|fsck|gc|epoch: the store's size, health, what nothing
 * refers to, and disowning all of its results. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/fsck.h"
#include "cache/gc.h"
#include "runner/cmd/roots.h"

struct store_args {
	bool is_json, only_look, raises;
	long grace_days;
};

/* {"n":..., "bytes":...}, or NULL without memory. */
static json_t *size_json(uint64_t n, uint64_t bytes)
{
	return json_pack("{s:I,s:I}", "n", (json_int_t)n, "bytes",
	    (json_int_t)bytes);
}

/* "12.3 MiB": for people; JSON has the bytes. */
static void print_size(uint64_t bytes, char *out, size_t size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < ARRAY_LEN(units)) {
		value /= 1024;
		unit++;
	}
	snprintf(out, size, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static void print_line(const char *what, uint64_t n, uint64_t bytes)
{
	char size[32];

	print_size(bytes, size, sizeof(size));
	printf("%-12s %10llu %12s\n", what, (unsigned long long)n, size);
}

/* -- stat -- */

static int store_stat(struct store *st, const struct store_args *a)
{
	struct store_sizes s;
	struct error err = { 0 };
	json_auto_t *out = NULL;
	long long epoch;

	if (fsck_sizes(st, &s, &err) || result_epoch(st, &epoch, &err))
		return cmd_fail(&err);
	if (a->is_json) {
		out = json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:I}", "store",
		    store_dir(st), "blobs", size_json(s.blobs.n, s.blobs.bytes),
		    "results", size_json(s.results.n, s.results.bytes),
		    "derived", size_json(s.derived.n, s.derived.bytes), "trash",
		    size_json(s.trash.n, s.trash.bytes), "quarantine",
		    size_json(s.quarantine.n, s.quarantine.bytes), "epoch",
		    (json_int_t)epoch);
		return cmd_print_json(out);
	}
	printf("%s\n", store_dir(st));
	print_line("blobs", s.blobs.n, s.blobs.bytes);
	print_line("results", s.results.n, s.results.bytes);
	print_line("derived", s.derived.n, s.derived.bytes);
	print_line("trash", s.trash.n, s.trash.bytes);
	print_line("quarantine", s.quarantine.n, s.quarantine.bytes);
	if (epoch > 0)
		printf("epoch %lld\n", epoch);
	return EXIT_FINE;
}

/* -- fsck -- */

static void note_damage(const char *kind, const struct digest *id,
    void *payload)
{
	json_t *damaged = payload;
	char hex[DIGEST_HEX + 1];

	digest_print(id, hex);
	fprintf(stderr, "sluice: damaged %s %s\n", kind, hex);
	json_array_append_new(damaged,
	    json_pack("{s:s,s:s}", "kind", kind, "id", hex));
}

static int store_fsck(struct store *st, const struct store_args *a)
{
	json_t *damaged = json_array();
	struct fsck_watch watch = { note_damage, damaged };
	struct fsck_report r;
	struct error err = { 0 };
	unsigned long long n_bad;
	bool is_bad;
	json_auto_t *out = NULL;

	if (fsck_run(st, &watch, &r, &err)) {
		json_decref(damaged);
		return cmd_fail(&err);
	}
	is_bad = r.bad_blobs + r.bad_results > 0 || r.bad_epoch;
	out = json_pack("{s:I,s:I,s:I,s:I,s:o,s:I,s:I,s:b}", "blobs",
	    (json_int_t)r.blobs, "bytes", (json_int_t)r.bytes, "results",
	    (json_int_t)r.results, "derived", (json_int_t)r.derived, "damaged",
	    damaged, "strangers", (json_int_t)r.strangers, "quarantine",
	    (json_int_t)r.in_quarantine, "epoch_readable", !r.bad_epoch);
	if (a->is_json) {
		int rc = cmd_print_json(out);

		return rc == EXIT_FINE && is_bad ? EXIT_SURROUNDINGS : rc;
	}
	n_bad = r.bad_blobs + r.bad_results + r.bad_derived;
	printf("%llu blobs, %llu results, %llu derived forms read; "
	       "%llu damaged\n",
	    (unsigned long long)r.blobs, (unsigned long long)r.results,
	    (unsigned long long)r.derived, n_bad);
	if (r.bad_blobs + r.bad_results > 0)
		puts("what was damaged is in quarantine and counts as absent: "
		     "`sluice run` computes it anew");
	if (r.bad_epoch)
		puts("the epoch cannot be read: no result is used");
	if (r.strangers > 0)
		printf("%llu files are no names of sluice's\n",
		    (unsigned long long)r.strangers);
	return is_bad ? EXIT_SURROUNDINGS : EXIT_FINE;
}

/* -- gc -- */

static void print_gc(const struct gc_report *r, const struct store_args *a)
{
	print_line("kept", r->kept.n, r->kept.bytes);
	print_line("laid aside", r->laid_aside.n, r->laid_aside.bytes);
	print_line("brought back", r->brought_back.n, r->brought_back.bytes);
	print_line("in trash", r->in_trash.n, r->in_trash.bytes);
	print_line("deleted", r->deleted.n, r->deleted.bytes);
	print_line("results", r->results.n, r->results.bytes);
	print_line("derived", r->derived.n, r->derived.bytes);
	if (a->only_look)
		puts("nothing was changed (--dry-run)");
	else if (r->laid_aside.n > 0)
		printf("what is laid aside is deleted by a gc after %ld days, "
		       "unless it is wanted before\n",
		    a->grace_days);
}

static int store_gc(struct store *st, const struct store_args *a)
{
	CLEANUP(digest_set_clear)
	struct digest_set roots = { 0 }, hints = { 0 };
	struct gc_request q = { .now = clock_now(),
		.grace = (int64_t)a->grace_days * 24 * 3600 * 1000,
		.only_look = a->only_look };
	struct gc_report r;
	struct error err = { 0 };
	CLEANUP(fd_close) int claim = -1;
	json_auto_t *out = NULL;

	if (a->grace_days == 0 && !a->only_look &&
	    store_claim(st, &claim, &err))
		return cmd_fail(&err);
	if (roots_find(st, &roots, &hints, &err))
		return cmd_fail(&err);
	q.roots = roots.items;
	q.n_roots = roots.n;
	q.hints = &hints;
	if (gc_run(st, &q, &r, &err))
		return cmd_fail(&err);
	if (!a->is_json) {
		print_gc(&r, a);
		return EXIT_FINE;
	}
	out = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b}", "kept",
	    size_json(r.kept.n, r.kept.bytes), "laid_aside",
	    size_json(r.laid_aside.n, r.laid_aside.bytes), "brought_back",
	    size_json(r.brought_back.n, r.brought_back.bytes), "in_trash",
	    size_json(r.in_trash.n, r.in_trash.bytes), "deleted",
	    size_json(r.deleted.n, r.deleted.bytes), "results",
	    size_json(r.results.n, r.results.bytes), "derived",
	    size_json(r.derived.n, r.derived.bytes), "dry_run", a->only_look);
	return cmd_print_json(out);
}

/* -- epoch -- */

static int store_epoch(struct store *st, const struct store_args *a)
{
	struct error err = { 0 };
	json_auto_t *out = NULL;
	long long epoch;

	if ((a->raises && result_raise_epoch(st, &err)) ||
	    result_epoch(st, &epoch, &err))
		return cmd_fail(&err);
	if (a->is_json) {
		out = json_pack("{s:I,s:b}", "epoch", (json_int_t)epoch,
		    "raised", a->raises);
		return cmd_print_json(out);
	}
	printf("epoch %lld\n", epoch);
	if (a->raises)
		puts("no result of before is used from now on: the next run "
		     "computes its nodes anew; tables that are served stay "
		     "until it has ended well");
	return EXIT_FINE;
}

static bool parse_args(int argc, char **argv, struct store_args *a)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "grace", required_argument, NULL, 'g' },
		{ "raise", no_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct cmd_number grace = { "--grace", "a number of days",
		0, 36500 };
	uint64_t days;
	int c;

	a->grace_days = GC_GRACE_DAYS;
	while ((c = getopt_long(argc, argv, "n", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			a->is_json = true;
			break;
		case 'n':
			a->only_look = true;
			break;
		case 'r':
			a->raises = true;
			break;
		case 'g':
			if (!cmd_parse_number(&grace, optarg, &days))
				return false;
			a->grace_days = (long)days;
			break;
		default:
			return false;
		}
	}
	return optind + 1 == argc;
}

int cmd_store(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct store *st, const struct store_args *a);
	} verbs[] = { { "stat", store_stat }, { "fsck", store_fsck },
		{ "gc", store_gc }, { "epoch", store_epoch } };
	CLEANUP(context_clear) struct context c = { 0 };
	CLEANUP(store_closep) struct store *st = NULL;
	struct store_args a = { 0 };
	struct error err = { 0 };
	size_t i;

	if (!parse_args(argc, argv, &a))
		return cmd_usage("store");
	for (i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(argv[optind], verbs[i].name) == 0)
			break;
	if (i == ARRAY_LEN(verbs))
		return cmd_usage("store");
	if (context_open(NULL, &c, &err) || context_store(&c, &st, &err))
		return cmd_fail(&err);
	return verbs[i].run(st, &a);
}
