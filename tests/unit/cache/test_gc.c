/* gc and fsck: what is referred to stays, the rest goes in two steps; damage
 * is found. */
#include <sys/stat.h>

#include "cache/base/clock.h"
#include "cache/fsck.h"
#include "cache/gc.h"
#include "cache/manifest.h"
#include "cache/snapshot.h"
#include "cache/store_derived.h"
#include "tests/unit/cache/store_help.h"

static const int64_t day = (int64_t)24 * 3600 * 1000;

/* A node's whole outcome: what, result, table of two parts, log; all below a
 * manifest with a snapshot of one source. */
struct world {
	struct digest manifest, snapshot, source, what, table, log, parts[2];
};

static struct digest put_table(struct store *st, const struct digest parts[2])
{
	char text[512], one[DIGEST_HEX + 1], two[DIGEST_HEX + 1];

	digest_print(&parts[0], one);
	digest_print(&parts[1], two);
	snprintf(text, sizeof(text),
	    "{\"columns\":[],\"format\":\"sluice-table/1\",\"parts\":["
	    "{\"blob\":\"%s\",\"bytes\":1,\"rows\":1},"
	    "{\"blob\":\"%s\",\"bytes\":1,\"rows\":1}],\"rows\":2}\n",
	    one, two);
	return put_str(st, text);
}

static void put_snapshot(struct store *st, struct world *w)
{
	CLEANUP(snapshot_clear) struct snapshot s = { .date = "2026-11-20" };
	struct snapshot_source *src = snapshot_add(&s, "a.csv");

	w->source = src->blob = put_str(st, "a source");
	OK(snapshot_save(st, &s, &err));
	w->snapshot = s.id;
}

static void make_world(struct store *st, const char *name, struct world *w)
{
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	struct result r = { .tier = TIER_BRANCH };
	struct manifest_node *n = manifest_add(&m, name);
	char text[64];

	put_snapshot(st, w);
	snprintf(text, sizeof(text), "%s,1\n", name);
	w->parts[0] = put_str(st, text);
	snprintf(text, sizeof(text), "%s,2\n", name);
	w->parts[1] = put_str(st, text);
	w->table = put_table(st, w->parts);
	snprintf(text, sizeof(text), "log of %s", name);
	w->log = put_str(st, text);
	snprintf(text, sizeof(text), "{\"body\":\"%s\"}\n", name);
	w->what = put_str(st, text);
	r.key = n->key = w->what;
	r.table = n->table = w->table;
	r.log = w->log; /* in the result alone */
	OK(result_put(st, &r, NULL, &err));
	m.snapshot = w->snapshot;
	OK(manifest_save(st, &m, &err));
	w->manifest = m.id;
}

static bool in_blobs(struct store *st, const struct digest *id)
{
	char path[512];

	path_in_store(st, "blobs", id, path, sizeof(path));
	return file_exists(path);
}

/* How many of a world's own eight blobs lie in blobs/ (without the shared
 * snapshot and source). */
static int whole(struct store *st, const struct world *w)
{
	return in_blobs(st, &w->manifest) + in_blobs(st, &w->what) +
	    in_blobs(st, &w->table) + in_blobs(st, &w->log) +
	    in_blobs(st, &w->parts[0]) + in_blobs(st, &w->parts[1]);
}

static struct gc_report gc(struct store *st, const struct digest *roots,
    size_t n, int days, bool only_look)
{
	struct gc_request q = { .roots = roots,
		.n_roots = n,
		.now = clock_now() + days * day + 1000,
		.grace = 14 * day,
		.only_look = only_look };
	struct gc_report report;

	OK(gc_run(st, &q, &report, &err));
	return report;
}

static void test_two_steps(void **state)
{
	struct place *p = *state;
	struct world kept, gone;
	struct gc_report r;
	struct result got;

	make_world(p->st, "kept", &kept);
	make_world(p->st, "gone", &gone);

	/* young: nothing */
	r = gc(p->st, &kept.manifest, 1, 13, false);
	assert_int_equal(r.laid_aside.n, 0);
	assert_int_equal(r.results.n, 0);
	/* only looked at */
	r = gc(p->st, &kept.manifest, 1, 14, true);
	assert_int_equal(r.laid_aside.n, 6);
	assert_int_equal(whole(p->st, &gone), 6);
	/* laid aside: six blobs and a result; snapshot and source are shared */
	r = gc(p->st, &kept.manifest, 1, 14, false);
	assert_int_equal(r.laid_aside.n, 6);
	assert_int_equal(r.kept.n, 8);
	assert_int_equal(r.results.n, 1);
	assert_int_equal(r.deleted.n, 0);
	assert_int_equal(whole(p->st, &gone), 0);
	assert_int_equal(whole(p->st, &kept), 6);
	assert_true(in_blobs(p->st, &kept.source));
	OK(result_get(p->st, &kept.what, TIER_BRANCH, &got, &err));
	assert_int_equal(count_names(p->st, "trash"), 6);
	/* deleted after another grace age; the clock of the first step was
	 * ours, the files' is the machine's */
	r = gc(p->st, &kept.manifest, 1, 13, false);
	assert_int_equal(r.in_trash.n, 6);
	assert_int_equal(r.deleted.n, 0);
	r = gc(p->st, &kept.manifest, 1, 14, false);
	assert_int_equal(r.deleted.n, 6);
	assert_int_equal(count_names(p->st, "trash"), 0);
	assert_int_equal(whole(p->st, &kept), 6);
}

static void test_trash_is_still_there(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct world w;
	struct gc_report r;

	make_world(p->st, "wanted", &w);
	gc(p->st, NULL, 0, 14, false);
	assert_int_equal(whole(p->st, &w), 0);
	/* a reader brings back what it reads ... */
	assert_true(store_has(p->st, &w.table));
	OK(store_get(p->st, &w.parts[0], &text, &err));
	assert_string_equal(text.p, "wanted,1\n");
	assert_int_equal(whole(p->st, &w), 2);
	/* ... what is young keeps what it names ... */
	r = gc(p->st, NULL, 0, 13, false);
	assert_int_equal(r.brought_back.n, 1); /* the second part */
	assert_true(in_blobs(p->st, &w.parts[1]));
	/* ... and a root all of it */
	r = gc(p->st, &w.manifest, 1, 14, false);
	assert_true(r.brought_back.n >= 3);
	assert_true(in_blobs(p->st, &w.source));
	/* but the result is gone, and with it the log that it named alone */
	assert_int_equal(r.deleted.n, 1);
	assert_int_equal(whole(p->st, &w), 5);
}

static void test_put_makes_young(void **state)
{
	struct place *p = *state;
	struct digest d = put_str(p->st, "put again");

	gc(p->st, NULL, 0, 14, false);
	assert_false(in_blobs(p->st, &d));
	put_str(p->st, "put again");
	assert_true(in_blobs(p->st, &d));
	/* the copy in trash goes, the blob stays */
	gc(p->st, NULL, 0, 13, false);
	assert_true(in_blobs(p->st, &d));
}

static void test_root_that_is_not_there(void **state)
{
	struct place *p = *state;
	struct digest nobody = { { 7 } };
	struct gc_request q = { .roots = &nobody,
		.n_roots = 1,
		.now = clock_now() + 100 * day,
		.grace = day };
	struct gc_report report;
	struct world w;

	make_world(p->st, "safe", &w);
	assert_int_equal(gc_run(p->st, &q, &report, NULL), ERROR_NOT_FOUND);
	assert_int_equal(whole(p->st, &w), 6);
}

/* A reference in a member that this version has never heard of. */
static void test_unknown_references(void **state)
{
	struct place *p = *state;
	struct digest leaf = put_str(p->st, "verdicts, perhaps"), root;
	char text[256], hex[DIGEST_HEX + 1];

	digest_print(&leaf, hex);
	snprintf(text, sizeof(text),
	    "{\"format\":\"sluice-later/9\",\"x\":[{\"y\":\"%s\"}]}\n", hex);
	root = put_str(p->st, text);
	gc(p->st, &root, 1, 100, false);
	assert_true(in_blobs(p->st, &leaf));
	assert_true(in_blobs(p->st, &root));
}

/* Random graphs of documents, random roots: what gc keeps is what a walk over
 * the graph reaches. */
static void test_random_graphs(void **state)
{
	struct place *p = *state;
	enum {
		NODES = 40,
		ROUNDS = 5
	};
	struct digest id[NODES];
	bool edge[NODES][NODES] = { { false } }, reached[NODES] = { false };
	uint64_t seed = 11;
	int i, j, round;

	print_message("seed 11\n");
	for (i = 0; i < NODES; i++) {
		CLEANUP(buf_clear) struct buf text = { 0 };

		buf_printf(&text, "{\"n\":%d,\"refs\":[\"\"", i);
		for (j = 0; j < i; j++) {
			char hex[DIGEST_HEX + 1];

			if (next_random(&seed) % 10 != 0)
				continue;
			edge[i][j] = true;
			digest_print(&id[j], hex);
			buf_printf(&text, ",\"%s\"", hex);
		}
		buf_add_str(&text, "]}\n");
		OK(store_put(p->st, buf_bytes(&text), &id[i], &err));
	}
	for (round = 0; round < ROUNDS; round++) {
		int root = NODES - 1 - round * 3;

		memset(reached, 0, sizeof(reached));
		reached[root] = true;
		for (i = root; i >= 0; i--)
			for (j = 0; reached[i] && j < i; j++)
				reached[j] = reached[j] || edge[i][j];
		gc(p->st, &id[root], 1, 14, false);
		for (i = 0; i < NODES; i++)
			assert_int_equal(in_blobs(p->st, &id[i]), reached[i]);
		for (i = 0; i < NODES; i++) /* back from trash, all */
			assert_true(store_has(p->st, &id[i]));
	}
}

static void test_one_at_a_time(void **state)
{
	struct place *p = *state;
	struct gc_request q = { .now = clock_now(), .grace = day };
	struct gc_report report;
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/tmp/.gc", store_dir(p->st));
	OK(file_lock(path, true, &fd, &err));
	assert_int_equal(gc_run(p->st, &q, &report, NULL), ERROR_BUSY);
	fd_close(&fd);
	OK(gc_run(p->st, &q, &report, &err));
}

/* Whatever the store's own directory is called: a lock is not left by the
 * dead, and whoever takes away its name lets two in. */
static void test_locks_stay(void **state)
{
	struct place *p = *state;
	CLEANUP(store_closep) struct store *st = NULL;
	struct gc_request request = { .now = clock_now() + 100 * day,
		.grace = 14 * day };
	struct gc_report report;
	struct world w;
	char path[512];

	snprintf(path, sizeof(path), "%s/a.tmp.b", p->dir);
	OK(store_open(path, &st, &err));
	make_world(st, "gone", &w);
	OK(gc_run(st, &request, &report, &err));
	assert_int_equal(report.results.n, 1);
	path_in_store(st, "results", &w.what, path, sizeof(path));
	assert_false(file_exists(path));
	memcpy(strrchr(path, '/'), "/.lock", sizeof("/.lock"));
	assert_true(file_exists(path));
}

static void note_damage(const char *kind, const struct digest *id,
    void *payload)
{
	struct buf *out = payload;

	(void)id;
	buf_printf(out, "%s ", kind);
}

static void test_fsck(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf said = { 0 };
	struct fsck_watch watch = { note_damage, &said };
	struct fsck_report r;
	struct world w;
	char path[512];

	make_world(p->st, "checked", &w);
	OK(store_derived_put(p->st, &w.table, "stats", bytes_of("s"), &err));
	OK(fsck_run(p->st, &watch, &r, &err));
	assert_int_equal(r.blobs, 8);
	assert_int_equal(r.results, 1);
	assert_int_equal(r.derived, 1);
	assert_int_equal(r.bad_blobs + r.bad_results + r.bad_derived, 0);
	assert_int_equal(r.strangers, 0);

	path_in_store(p->st, "blobs", &w.parts[1], path, sizeof(path));
	flip_bit(path, 9);
	path_in_store(p->st, "results", &w.what, path, sizeof(path));
	flip_bit(path, 900);
	path_in_store(p->st, "derived/stats", &w.table, path, sizeof(path));
	flip_bit(path, 900);
	snprintf(path, sizeof(path), "%s/blobs/7f/notes", store_dir(p->st));
	OK(file_write(path, bytes_of("x"), 0644, &err));
	OK(fsck_run(p->st, &watch, &r, &err));
	assert_int_equal(r.bad_blobs, 1);
	assert_int_equal(r.bad_results, 1);
	assert_int_equal(r.bad_derived, 1);
	assert_int_equal(r.strangers, 1);
	assert_int_equal(r.in_quarantine, 2);
	assert_string_equal(said.p, "blob result stats ");
	/* all of it is absent now, and nothing is damaged any more */
	OK(fsck_run(p->st, &watch, &r, &err));
	assert_int_equal(r.blobs, 7);
	assert_int_equal(r.results, 0);
	assert_int_equal(r.bad_blobs + r.bad_results + r.bad_derived, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)
	const struct CMUnitTest tests[] = {
		T(test_two_steps),
		T(test_trash_is_still_there),
		T(test_put_makes_young),
		T(test_root_that_is_not_there),
		T(test_unknown_references),
		T(test_random_graphs),
		T(test_one_at_a_time),
		T(test_locks_stay),
		T(test_fsck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
