/* reconcile: a list of branches that lacks one. A file system may show a
 * directory without a name that is just being moved over (tmpfs does), and git
 * may have packed a ref between the two looks of a list. */
#include <dlfcn.h>
#include <git2.h>
#include <unistd.h>

#include "cache/base/mem.h"
#include "hooks/reconcile.h"
#include "hooks/updates.h"
#include "runner/queue.h"
#include "runner/rundb.h"
#include "tests/unit/hooks/repo_help.h"

static bool lacks_all;

/* In place of libgit2's. */
int own_next(git_reference **out, git_reference_iterator *iterator) __asm__(
    "git_reference_next");

int own_next(git_reference **out, git_reference_iterator *iterator)
{
	int (*real)(git_reference **, git_reference_iterator *);
	void *found = dlsym(RTLD_NEXT, "git_reference_next");

	memcpy(&real, &found, sizeof(real));
	return lacks_all ? GIT_ITEROVER : real(out, iterator);
}

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
	lacks_all = false;
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

/* How many requests are new; there are n in all. */
static size_t pass(struct bed *b, size_t n)
{
	const struct reconcile what = { .refs = b->refs,
		.db = b->db,
		.production = "main",
		.spool = b->spool,
		.now = 1 };
	CLEANUP(request_list_clear) struct request_list all = { 0 };
	struct error err = { 0 };
	size_t n_put = 0, i;

	assert_int_equal(reconcile(&what, &n_put, &err), 0);
	assert_int_equal(
	    queue_list(b->db, &(struct queue_filter){ 0 }, &all, &err), 0);
	assert_int_equal(all.n, n);
	for (i = 0; i < all.n; i++)
		assert_string_not_equal(all.items[i].message,
		    "the branch was deleted");
	return n_put;
}

static void spool_push(struct bed *b, const char *from, const char *to)
{
	CLEANUP(updates_clear) struct updates u = { 0 };
	struct error err = { 0 };
	char line[256];

	snprintf(line, sizeof(line), "%s %s refs/heads/exp\n", from, to);
	assert_int_equal(updates_parse(bytes_of(line), &u, &err), 0);
	assert_int_equal(spool_put(b->spool, &u, &err), 0);
}

/* A push to it is no push to a branch that is gone, and what is known of it is
 * not forgotten; the next list has it. */
static void a_branch_that_a_list_lacks_is_not_deleted(void **state)
{
	struct bed *b = *state;
	char zero[41] = "0000000000000000000000000000000000000000";
	char one[41], two[41];

	repo_commit(&b->repo, "exp", NULL, "x", one);
	spool_push(b, zero, one);
	lacks_all = true;
	assert_int_equal(pass(b, 0), 0);
	lacks_all = false;
	assert_int_equal(pass(b, 1), 1);
	repo_commit(&b->repo, "exp", one, "y", two);
	spool_push(b, one, two);
	lacks_all = true;
	assert_int_equal(pass(b, 1), 0);
	lacks_all = false;
	assert_int_equal(pass(b, 2), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_branch_that_a_list_lacks_is_not_deleted, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
