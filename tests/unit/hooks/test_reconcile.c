/* reconcile: each move of a branch becomes one request. */
#include <unistd.h>

#include "cache/base/mem.h"
#include "hooks/reconcile.h"
#include "hooks/updates.h"
#include "runner/queue.h"
#include "runner/rundb.h"
#include "tests/unit/hooks/repo_help.h"

struct bed {
	struct repo repo;
	struct refs *refs;
	struct rundb *db;
	char state[96], spool[112];
};

static int set_up(void **state)
{
	struct bed *b = mem_alloc(sizeof(*b));
	struct error err = { 0 };

	repo_make(&b->repo);
	snprintf(b->state, sizeof(b->state), "%s/sluice/runner", b->repo.dir);
	snprintf(b->spool, sizeof(b->spool), "%s/spool", b->state);
	assert_int_equal(refs_open(b->repo.dir, &b->refs, &err), 0);
	assert_int_equal(rundb_open(b->state, &b->db, &err), 0);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	rundb_close(b->db);
	refs_close(b->refs);
	repo_remove(&b->repo);
	mem_free(b);
	return 0;
}

static size_t pass_as(struct bed *b, bool is_adopting)
{
	const struct reconcile what = { .refs = b->refs,
		.db = b->db,
		.production = "main",
		.spool = b->spool,
		.is_adopting = is_adopting,
		.now = 1 };
	struct error err = { 0 };
	size_t n;

	assert_int_equal(reconcile(&what, &n, &err), 0);
	return n;
}

static size_t pass(struct bed *b)
{
	return pass_as(b, false);
}

static void spool(struct bed *b, const char *from, const char *to,
    const char *branch)
{
	CLEANUP(updates_clear) struct updates u = { 0 };
	struct error err = { 0 };
	char line[256];

	snprintf(line, sizeof(line), "%s %s refs/heads/%s\n", from, to, branch);
	assert_int_equal(updates_parse(bytes_of(line), &u, &err), 0);
	updates_set_user(&u, "alice");
	assert_int_equal(spool_put(b->spool, &u, &err), 0);
}

static struct request_list list(struct bed *b)
{
	struct request_list out;
	struct error err = { 0 };

	assert_int_equal(
	    queue_list(b->db, &(struct queue_filter){ 0 }, &out, &err), 0);
	return out;
}

static void a_moved_ref_is_found_once_without_a_hook(void **state)
{
	struct bed *b = *state;
	struct error err = { 0 };
	struct request r;
	char one[41], two[41];

	assert_int_equal(pass(b), 0);
	repo_commit(&b->repo, "exp", NULL, "x", one);
	repo_commit(&b->repo, "main", NULL, "x", two);
	assert_int_equal(pass(b), 2);
	assert_int_equal(pass(b), 0);
	assert_int_equal(queue_take(b->db, 1, &r, &err), 0);
	assert_string_equal(r.branch, "main"); /* the others' base */
	repo_commit(&b->repo, "main", two, "y", two);
	assert_int_equal(pass(b), 1);
	assert_int_equal(pass(b), 0);
}

static void the_spool_tells_who_and_what_was_overtaken(void **state)
{
	struct bed *b = *state;
	CLEANUP(request_list_clear) struct request_list all = { 0 };
	char zero[41] = "0000000000000000000000000000000000000000";
	char one[41], two[41];

	repo_commit(&b->repo, "exp", NULL, "x", one);
	spool(b, zero, one, "exp");
	repo_commit(&b->repo, "exp", one, "y", two);
	spool(b, one, two, "exp");
	spool(b, one, two, "exp"); /* a death before its removal */
	assert_int_equal(pass(b), 1);
	assert_int_equal(pass(b), 0);
	all = list(b);
	assert_int_equal(all.n, 2);
	assert_string_equal(all.items[0].commit, two);
	assert_string_equal(all.items[0].user, "alice");
	assert_int_equal(all.items[0].state, REQUEST_QUEUED);
	assert_string_equal(all.items[1].commit, one);
	assert_int_equal(all.items[1].state, REQUEST_SUPERSEDED);
}

static void move(struct bed *b, const char *branch, const char *to)
{
	char command[256];

	snprintf(command, sizeof(command), "git update-ref refs/heads/%s %s",
	    branch, to);
	assert_int_equal(sh(&b->repo, NULL, 0, command), 0);
}

/* How many requests a commit has, all of them superseded by another one. */
static size_t overtaken(struct bed *b, const char *commit, const char *by)
{
	CLEANUP(request_list_clear) struct request_list all = list(b);
	char words[64];
	size_t i, n = 0;

	snprintf(words, sizeof(words), "superseded by %.7s", by);
	for (i = 0; i < all.n; i++)
		if (strcmp(all.items[i].commit, commit) == 0) {
			assert_int_equal(all.items[i].state,
			    REQUEST_SUPERSEDED);
			assert_string_equal(all.items[i].message, words);
			n++;
		}
	return n;
}

static void what_no_hook_told_is_in_the_log(void **state)
{
	struct bed *b = *state;
	char ids[6][41];

	assert_int_equal(sh(&b->repo, NULL, 0,
	                     "git config core.logAllRefUpdates true; "
	                     "git config user.name a; git config user.email b"),
	    0);
	/* a branch that is new */
	repo_commit(&b->repo, "exp", NULL, "0", ids[0]);
	repo_commit(&b->repo, "exp", ids[0], "1", ids[1]);
	assert_int_equal(pass(b), 1);
	assert_int_equal(overtaken(b, ids[0], ids[1]), 1);
	/* one that is known; once, whatever the spool says too */
	repo_commit(&b->repo, "exp", ids[1], "2", ids[2]);
	repo_commit(&b->repo, "exp", ids[2], "3", ids[3]);
	spool(b, ids[1], ids[2], "exp");
	assert_int_equal(pass(b), 1);
	assert_int_equal(overtaken(b, ids[2], ids[3]), 1);
	/* there and back */
	repo_commit(&b->repo, "exp", ids[3], "4", ids[4]);
	move(b, "exp", ids[3]);
	assert_int_equal(pass(b), 0);
	assert_int_equal(overtaken(b, ids[4], ids[3]), 1);
	/* a log that git has cut since */
	assert_int_equal(sh(&b->repo, NULL, 0,
	                     "git reflog expire --expire=now --all; "
	                     "test ! -s logs/refs/heads/exp"),
	    0);
	assert_int_equal(pass(b), 0);
	repo_commit(&b->repo, "exp", ids[3], "5", ids[5]);
	move(b, "exp", ids[0]);
	assert_int_equal(pass(b), 1);
	assert_int_equal(overtaken(b, ids[5], ids[0]), 1);
	assert_int_equal(pass(b), 0);
}

static void what_was_before_us_in_the_log_stays_there(void **state)
{
	struct bed *b = *state;
	char ids[4][41];

	assert_int_equal(
	    sh(&b->repo, NULL, 0, "git config core.logAllRefUpdates true"), 0);
	repo_commit(&b->repo, "exp", NULL, "0", ids[0]);
	repo_commit(&b->repo, "exp", ids[0], "1", ids[1]);
	assert_int_equal(pass_as(b, true), 1);
	assert_int_equal(overtaken(b, ids[0], ids[1]), 0);
	repo_commit(&b->repo, "exp", ids[1], "2", ids[2]);
	repo_commit(&b->repo, "exp", ids[2], "3", ids[3]);
	assert_int_equal(pass(b), 1);
	assert_int_equal(overtaken(b, ids[0], ids[1]), 0);
	assert_int_equal(overtaken(b, ids[2], ids[3]), 1);
}

static void a_deleted_branch_comes_back_anew(void **state)
{
	struct bed *b = *state;
	char one[41];

	repo_commit(&b->repo, "exp", NULL, "x", one);
	assert_int_equal(pass(b), 1);
	assert_int_equal(sh(&b->repo, NULL, 0, "git branch -q -D exp"), 0);
	assert_int_equal(pass(b), 0);
	repo_commit(&b->repo, "exp", NULL, "x", one);
	assert_int_equal(pass(b), 1);
}

static void a_branch_we_cannot_name_is_left_alone(void **state)
{
	struct bed *b = *state;
	char one[41];

	repo_commit(&b->repo, "main", NULL, "x", one);
	assert_int_equal(
	    sh(&b->repo, NULL, 0,
	        "git update-ref refs/heads/$(printf '\\377') main"),
	    0);
	assert_int_equal(pass(b), 1);
}

/* What was asked, in the order it was done: "NAME USER " each. */
static int note_ask(const struct update *ask, const char *user, void *payload,
    struct error *err)
{
	struct buf *seen = payload;

	(void)err;
	buf_printf(seen, "%s %s ", ask->ref + sizeof(ASK_REFS) - 1,
	    user ? user : "?");
	return strstr(ask->ref, "later") != NULL; /* not now */
}

static void spool_ask(struct bed *b, const char *to, const char *name)
{
	CLEANUP(updates_clear) struct updates u = { 0 };
	struct error err = { 0 };
	char line[256];

	snprintf(line, sizeof(line), "%040d %s %s%s\n", 0, to, ASK_REFS, name);
	assert_int_equal(updates_parse(bytes_of(line), &u, &err), 0);
	updates_set_user(&u, name);
	assert_int_equal(spool_put(b->spool, &u, &err), 0);
}

static void what_is_asked_comes_behind_the_tips_in_order(void **state)
{
	struct bed *b = *state;
	CLEANUP(buf_clear) struct buf seen = { 0 };
	const struct reconcile what = { .refs = b->refs,
		.db = b->db,
		.production = "main",
		.spool = b->spool,
		.now = 1,
		.see_ask = note_ask,
		.payload = &seen };
	struct error err = { 0 };
	char commit[41], zero[41];
	size_t n;

	repo_commit(&b->repo, "exp", NULL, "x", commit);
	assert_int_equal(
	    sh(&b->repo, NULL, 0, "git update-ref " ASK_REFS "lying exp"), 0);
	snprintf(zero, sizeof(zero), "%040d", 0);
	spool_ask(b, commit, "zoe");
	spool_ask(b, commit, "amy");
	spool_ask(b, commit, "later");
	spool_ask(b, zero, "withdrawn");
	assert_int_equal(reconcile(&what, &n, &err), 0);
	assert_int_equal(n, 1); /* the branch alone */
	/* in the spool by time, which is the same here, then by number */
	assert_string_equal(seen.p, "zoe zoe amy amy later later lying ? ");
	buf_reset(&seen);
	assert_int_equal(reconcile(&what, &n, &err), 0);
	/* nobody removes the ref here */
	assert_string_equal(seen.p, "later later lying ? ");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_moved_ref_is_found_once_without_a_hook),
		TEST(the_spool_tells_who_and_what_was_overtaken),
		TEST(what_no_hook_told_is_in_the_log),
		TEST(what_was_before_us_in_the_log_stays_there),
		TEST(a_deleted_branch_comes_back_anew),
		TEST(a_branch_we_cannot_name_is_left_alone),
		TEST(what_is_asked_comes_behind_the_tips_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
