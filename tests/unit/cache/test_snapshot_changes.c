/* A landing directory that changes while it is taken, at every single call to
 * the operating system: a snapshot is the directory as it was at one moment,
 * or there is none. And what is read again: only what has changed. */
#define _GNU_SOURCE
#include <sys/stat.h>
#include <time.h>

#include "cache/snapshot_take.h"
#include "tests/unit/cache/store_help.h"

#include "cache/store_derived.h"
#include "tests/unit/cache/fault_os.h"

enum {
	T0 = 1795000000, /* seconds: when the files were written */
	NOW = 60, /* seconds behind it: when they are taken */
	FILES = 8
};

struct world {
	struct place *place;
	char dir[300];
	int turn; /* goes into the texts: no two turns have a blob in common */
};

struct state {
	char paths[FILES][32], texts[FILES][64];
	size_t n;
};

/* --- a directory --- */

static void path_of(const struct world *w, const char *name, char *out,
    size_t size)
{
	snprintf(out, size, "%s/%s", w->dir, name);
}

static void set_time(const struct world *w, const char *name, int behind)
{
	const struct timespec times[2] = { { T0 + behind, 0 },
		{ T0 + behind, 0 } };
	char path[400];

	path_of(w, name, path, sizeof(path));
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void text_of(const struct world *w, const char *what, char *out,
    size_t size)
{
	snprintf(out, size, "%s of turn %d", what, w->turn);
}

/* In place, as a program that opens a file and writes. */
static void write_text(const struct world *w, const char *name,
    const char *what)
{
	char path[400], text[64];
	FILE *f;

	path_of(w, name, path, sizeof(path));
	text_of(w, what, text, sizeof(text));
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void move(const struct world *w, const char *from, const char *to)
{
	char a[400], b[400];

	path_of(w, from, a, sizeof(a));
	path_of(w, to, b, sizeof(b));
	assert_int_equal(rename(a, b), 0);
}

/* A new file in the place of another, as a delivery should be. */
static void replace(const struct world *w, const char *name, const char *what,
    int behind)
{
	write_text(w, ".coming", what);
	set_time(w, ".coming", behind);
	move(w, ".coming", name);
}

static void take_away(const struct world *w, const char *name)
{
	char path[400];

	path_of(w, name, path, sizeof(path));
	assert_int_equal(unlink(path), 0);
}

/* Later changes are in another tick of the kernel's clock than these. */
static void let_tick(void)
{
	struct timespec from, now;

	clock_gettime(CLOCK_REALTIME_COARSE, &from);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (from.tv_sec == now.tv_sec && from.tv_nsec == now.tv_nsec);
}

static void build(const struct world *w)
{
	char path[400];

	file_remove_tree(w->dir, NULL);
	path_of(w, "sub", path, sizeof(path));
	OK(file_make_dirs(path, &err));
	write_text(w, "a.csv", "a");
	write_text(w, "b.csv", "b");
	write_text(w, "sub/c.csv", "c");
	set_time(w, "a.csv", 0);
	set_time(w, "b.csv", 0);
	set_time(w, "sub/c.csv", 0);
	let_tick();
}

/* --- states --- */

static void expect(const struct world *w, struct state *s, const char *path,
    const char *what)
{
	snprintf(s->paths[s->n], sizeof(s->paths[0]), "%s", path);
	text_of(w, what, s->texts[s->n], sizeof(s->texts[0]));
	s->n++;
}

static bool is_state(struct store *st, const struct snapshot *got,
    const struct state *s)
{
	size_t i;

	if (got->n != s->n)
		return false;
	for (i = 0; i < s->n; i++) {
		CLEANUP(buf_clear) struct buf text = { 0 };
		const struct snapshot_source *src = &got->sources[i];

		OK(store_get(st, &src->blob, &text, &err));
		assert_int_equal(text.n, src->bytes);
		if (strcmp(src->path, s->paths[i]) != 0 ||
		    strcmp(buf_bytes(&text).p, s->texts[i]) != 0)
			return false;
	}
	return true;
}

static int take(const struct world *w, int behind, struct snapshot *out,
    struct error *err)
{
	struct snapshot_pattern patterns[] = { { .text = "*.csv" },
		{ .text = "sub/*.csv" } };
	const struct snapshot_request q = { .landing = w->dir,
		.patterns = patterns,
		.n_patterns = 2,
		.date = "2026-11-20",
		.now = (int64_t)(T0 + behind) * 1000 };

	return snapshot_take(w->place->st, &q, out, err);
}

/* --- what may happen --- */

struct change {
	const char *name;
	void (*make)(const struct world *w, int behind);
	void (*expect)(const struct world *w, struct state *s);
	bool is_refused; /* afterwards, ERROR_DENIED */
};

static void grow(const struct world *w, int behind)
{
	write_text(w, "b.csv", "more than b");
	set_time(w, "b.csv", behind);
}

static void expect_grown(const struct world *w, struct state *s)
{
	expect(w, s, "a.csv", "a");
	expect(w, s, "b.csv", "more than b");
	expect(w, s, "sub/c.csv", "c");
}

static void rewrite(const struct world *w, int behind)
{
	write_text(w, "b.csv", "B");
	set_time(w, "b.csv", behind);
}

static void swap_in(const struct world *w, int behind)
{
	replace(w, "b.csv", "B", behind);
}

static void expect_rewritten(const struct world *w, struct state *s)
{
	expect(w, s, "a.csv", "a");
	expect(w, s, "b.csv", "B");
	expect(w, s, "sub/c.csv", "c");
}

static void truncate_it(const struct world *w, int behind)
{
	char path[400];

	path_of(w, "b.csv", path, sizeof(path));
	assert_int_equal(truncate(path, 0), 0);
	set_time(w, "b.csv", behind);
}

static void expect_truncated(const struct world *w, struct state *s)
{
	expect(w, s, "a.csv", "a");
	expect(w, s, "b.csv", "b");
	s->texts[1][0] = '\0';
	expect(w, s, "sub/c.csv", "c");
}

static void touch(const struct world *w, int behind)
{
	set_time(w, "b.csv", behind);
}

static void expect_all(const struct world *w, struct state *s)
{
	expect(w, s, "a.csv", "a");
	expect(w, s, "b.csv", "b");
	expect(w, s, "sub/c.csv", "c");
}

static void arrive(const struct world *w, int behind)
{
	replace(w, "aa.csv", "aa", behind);
}

static void expect_arrived(const struct world *w, struct state *s)
{
	expect(w, s, "a.csv", "a");
	expect(w, s, "aa.csv", "aa");
	expect(w, s, "b.csv", "b");
	expect(w, s, "sub/c.csv", "c");
}

static void go(const struct world *w, int behind)
{
	(void)behind;
	take_away(w, "b.csv");
}

static void expect_gone(const struct world *w, struct state *s)
{
	expect(w, s, "a.csv", "a");
	expect(w, s, "sub/c.csv", "c");
}

/* Two files that belong together. */
static void replace_both(const struct world *w, int behind)
{
	replace(w, "a.csv", "A", behind);
	replace(w, "sub/c.csv", "C", behind);
}

static void expect_both(const struct world *w, struct state *s)
{
	expect(w, s, "a.csv", "A");
	expect(w, s, "b.csv", "b");
	expect(w, s, "sub/c.csv", "C");
}

static void move_both(const struct world *w, int behind)
{
	(void)behind;
	move(w, "a.csv", ".swap");
	move(w, "sub/c.csv", "a.csv");
	move(w, ".swap", "sub/c.csv");
}

static void expect_moved(const struct world *w, struct state *s)
{
	expect(w, s, "a.csv", "c");
	expect(w, s, "b.csv", "b");
	expect(w, s, "sub/c.csv", "a");
}

static void replace_dir(const struct world *w, int behind)
{
	char path[400];

	move(w, "sub", "was");
	path_of(w, "sub", path, sizeof(path));
	OK(file_make_dirs(path, &err));
	replace(w, "sub/d.csv", "d", behind);
}

static void expect_dir(const struct world *w, struct state *s)
{
	expect(w, s, "a.csv", "a");
	expect(w, s, "b.csv", "b");
	expect(w, s, "sub/d.csv", "d");
}

static void link_it(const struct world *w, int behind)
{
	char path[400];

	(void)behind;
	take_away(w, "b.csv");
	path_of(w, "b.csv", path, sizeof(path));
	assert_int_equal(symlink("a.csv", path), 0);
}

static void link_dir(const struct world *w, int behind)
{
	char path[400];

	(void)behind;
	move(w, "sub", "was");
	path_of(w, "sub", path, sizeof(path));
	assert_int_equal(symlink("was", path), 0);
}

static const struct change changes[] = {
	{ "grows", grow, expect_grown, false },
	{ "is rewritten", rewrite, expect_rewritten, false },
	{ "is replaced", swap_in, expect_rewritten, false },
	{ "is truncated", truncate_it, expect_truncated, false },
	{ "is touched", touch, expect_all, false },
	{ "arrives", arrive, expect_arrived, false },
	{ "goes", go, expect_gone, false },
	{ "are replaced, both", replace_both, expect_both, false },
	{ "change places", move_both, expect_moved, false },
	{ "goes with its directory", replace_dir, expect_dir, false },
	{ "becomes a link", link_it, expect_all, true },
	{ "is behind a link", link_dir, expect_all, true },
};

/* --- at every call --- */

struct counts {
	int before, after, busy, refused;
};

struct moment {
	const struct world *world;
	const struct change *change;
	int behind;
};

static void strike(void *payload)
{
	const struct moment *m = payload;

	m->change->make(m->world, m->behind);
}

/* One taking in which it happens at the call `at`; false: there was no such
 * call. */
static bool turn(struct world *w, const struct change *c, int behind, long at,
    struct counts *counts)
{
	struct moment moment = { w, c, behind };
	struct state before = { .n = 0 }, after = { .n = 0 };
	struct snapshot s;
	struct error why = { 0 };
	int rc;

	w->turn++;
	build(w);
	expect_all(w, &before);
	c->expect(w, &after);
	fault.hook = strike;
	fault.payload = &moment;
	fault_set(FAULT_HOOK, at, 0);
	rc = take(w, NOW, &s, &why);
	fault.mode = FAULT_OFF;
	if (rc == 0 && is_state(w->place->st, &s, &before))
		counts->before++;
	else if (rc == 0 && !c->is_refused &&
	    is_state(w->place->st, &s, &after))
		counts->after++;
	else if (rc == ERROR_BUSY)
		counts->busy++;
	else if (rc == ERROR_DENIED && c->is_refused)
		counts->refused++;
	else
		fail_msg("%s, call %ld: %d %s", c->name, at, rc, why.msg);
	snapshot_clear(&s);
	if (!fault.struck)
		return false;

	/* and then, in peace */
	why = (struct error){ 0 };
	rc = take(w, 2 * NOW, &s, &why);
	if (c->is_refused ? rc != ERROR_DENIED
	                  : rc != 0 || !is_state(w->place->st, &s, &after))
		fail_msg("%s, call %ld, in peace: %d %s", c->name, at, rc,
		    why.msg);
	snapshot_clear(&s);
	return true;
}

static void world_of(struct place *p, struct world *w)
{
	*w = (struct world){ .place = p };
	snprintf(w->dir, sizeof(w->dir), "%s/in", p->dir);
}

/* behind: the file's time says that it is old (a delivery that keeps times), or
 * that it is of this moment. */
static void at_every_call(struct place *p, int behind, bool is_young)
{
	struct world w;
	size_t i;

	world_of(p, &w);
	for (i = 0; i < ARRAY_LEN(changes); i++) {
		const struct change *c = &changes[i];
		struct counts n = { 0 };
		long at;

		for (at = 1; turn(&w, c, behind, at, &n); at++)
			;
		/* each end of it was seen */
		assert_true(at > 20);
		assert_true(n.before > 1);
		assert_true(n.busy > 1);
		if (c->is_refused)
			assert_true(n.refused > 1);
		else if (!is_young && c->expect != expect_all)
			assert_true(n.after > 1);
	}
}

static void test_old_at_every_call(void **state)
{
	at_every_call(*state, 1, false);
}

static void test_young_at_every_call(void **state)
{
	at_every_call(*state, NOW, true);
}

/* --- what is read again --- */

static long opened(const struct world *w, int behind, int rc_wanted)
{
	struct snapshot s;
	struct error why = { 0 };
	int rc;

	fault_set(FAULT_OFF, 0, 0);
	fault.opened = 0;
	rc = take(w, behind, &s, &why);
	if (rc != rc_wanted)
		fail_msg("%d instead of %d: %s", rc, rc_wanted, why.msg);
	snapshot_clear(&s);
	return fault.opened;
}

static void test_only_what_changed_is_opened(void **state)
{
	struct world w;

	world_of(*state, &w);
	build(&w);
	assert_int_equal(opened(&w, NOW, 0), 3);
	assert_int_equal(opened(&w, NOW, 0), 0);
	grow(&w, 1);
	assert_int_equal(opened(&w, NOW, 0), 1);
	touch(&w, 2);
	assert_int_equal(opened(&w, NOW, 0), 1);
	go(&w, 0);
	assert_int_equal(opened(&w, NOW, 0), 0);
	arrive(&w, NOW);
	assert_int_equal(opened(&w, NOW, ERROR_BUSY), 0); /* too young */
	assert_int_equal(opened(&w, 2 * NOW, 0), 1);
}

/* What was copied for a snapshot that came to nothing is not copied again. */
static void test_incomplete_is_not_in_vain(void **state)
{
	struct world w;

	world_of(*state, &w);
	build(&w);
	set_time(&w, "a.csv", NOW); /* the first in order */
	assert_int_equal(opened(&w, NOW, ERROR_BUSY), 2);
	assert_int_equal(opened(&w, NOW, ERROR_BUSY), 0);
	assert_int_equal(opened(&w, 2 * NOW, 0), 1);
}

/* Others' patterns do not cost what is known of ours. */
static void test_index_is_of_all_patterns(void **state)
{
	struct snapshot_pattern one = { .text = "sub/*.csv" };
	struct snapshot_request q = { .patterns = &one,
		.n_patterns = 1,
		.date = "2026-11-20",
		.now = (int64_t)(T0 + NOW) * 1000 };
	struct snapshot s;
	struct world w;

	world_of(*state, &w);
	q.landing = w.dir;
	build(&w);
	assert_int_equal(opened(&w, NOW, 0), 3);
	take_away(&w, "sub/c.csv");
	OK(snapshot_take(w.place->st, &q, &s, &err));
	assert_int_equal(s.n, 0);
	snapshot_clear(&s);
	assert_int_equal(opened(&w, NOW, 0), 0);
}

/* A torn, damaged or lost index costs time, and nothing else. */
static void test_index_is_damaged(void **state)
{
	CLEANUP(buf_clear) struct buf index = { 0 };
	struct digest id;
	struct world w;
	char path[512];
	size_t i;

	world_of(*state, &w);
	build(&w);
	assert_int_equal(opened(&w, NOW, 0), 3);
	OK(digest_of(bytes_of(w.dir), &id, &err));
	path_in_store(w.place->st, "derived/landing", &id, path, sizeof(path));
	OK(file_read(path, FILE_MAX, &index, &err));
	for (i = 0; i < index.n; i += 7) {
		OK(file_write(path, (struct bytes){ index.p, i }, 0644, &err));
		assert_int_equal(opened(&w, NOW, 0), 3);
		flip_bit(path, i * 8 + 3);
		assert_int_equal(opened(&w, NOW, 0), 3);
		assert_int_equal(opened(&w, NOW, 0), 0);
	}
	/* what its lines say is not believed either */
	OK(store_derived_put(w.place->st, &id, "landing",
	    bytes_of("sluice-landing/2\nnonsense\n"), &err));
	assert_int_equal(opened(&w, NOW, 0), 3);
}

/* One taking with an error at the call `at`; false: there was no such call. */
static bool error_at(struct world *w, long at, int code)
{
	struct state all = { .n = 0 };
	struct snapshot s;
	bool struck;
	int rc;

	w->turn++;
	build(w);
	expect_all(w, &all);
	fault_set(FAULT_ONCE, at, code);
	rc = take(w, NOW, &s, NULL);
	struck = fault.struck;
	fault.mode = FAULT_OFF;
	if (rc == 0)
		assert_true(is_state(w->place->st, &s, &all));
	snapshot_clear(&s);
	OK(take(w, NOW, &s, &err));
	assert_true(is_state(w->place->st, &s, &all));
	snapshot_clear(&s);
	return struck;
}

/* A fault of the disk is an error, never a snapshot without some of its
 * files. */
static void test_errors_at_every_call(void **state)
{
	static const int codes[] = { EIO, EACCES, ENOENT, ENOSPC, ESTALE };
	struct world w;
	size_t i;
	long at;

	world_of(*state, &w);
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		for (at = 1; error_at(&w, at, codes[i]); at++)
			;
		assert_true(at > 20);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)
	const struct CMUnitTest tests[] = {
		T(test_old_at_every_call),
		T(test_young_at_every_call),
		T(test_only_what_changed_is_opened),
		T(test_incomplete_is_not_in_vain),
		T(test_index_is_of_all_patterns),
		T(test_index_is_damaged),
		T(test_errors_at_every_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
