/* production: what is served, as a history; checked with the git command. */
#include "cache/base/mem.h"
#include "hooks/production.h"
#include "tests/unit/hooks/repo_help.h"

#define RUN_ONE "1111111111111111111111111111111111111111"
#define RUN_TWO "2222222222222222222222222222222222222222"
#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static struct refs *open_refs(struct repo *r)
{
	struct error err = { 0 };
	struct refs *refs;

	repo_make(r);
	assert_int_equal(refs_open(r->dir, &refs, &err), 0);
	return refs;
}

/* Adds an entry behind the newest; its id is in next->id. */
static int add(struct refs *refs, struct production *next, const char *text)
{
	struct production now;

	if (production_now(refs, &now, NULL) == 0)
		memcpy(next->before, now.id, sizeof(now.id));
	return production_add(refs, next, COMMIT, bytes_of(text), NULL);
}

static void a_promotion_and_a_rollback(void **state)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct production one = { .run = RUN_ONE, .user = "ann" };
	struct production two = { .run = RUN_TWO };
	struct production back = { .run = RUN_ONE,
		.is_rollback = true,
		.held = COMMIT,
		.user = "ben",
		.reason = "the labs came twice" };
	struct production got;
	struct repo r;
	char shown[128];

	(void)state;
	refs = open_refs(&r);
	assert_int_equal(production_now(refs, &got, NULL), ERROR_NOT_FOUND);
	assert_int_equal(add(refs, &one, "{}\n"), 0);
	assert_int_equal(add(refs, &two, "{\"n\":2}\n"), 0);
	memcpy(back.promotion, one.id, sizeof(one.id));
	assert_int_equal(add(refs, &back, "{}\n"), 0);

	assert_int_equal(production_now(refs, &got, NULL), 0);
	assert_string_equal(got.id, back.id);
	assert_string_equal(got.before, two.id);
	assert_string_equal(got.run, RUN_ONE);
	assert_true(got.is_rollback);
	assert_string_equal(production_source(&got), one.id);
	assert_string_equal(got.held, COMMIT);
	assert_string_equal(got.user, "ben");
	assert_string_equal(got.reason, "the labs came twice");
	assert_int_equal(production_get(refs, one.id, &got, NULL), 0);
	assert_false(got.is_rollback);
	assert_string_equal(production_source(&got), one.id);
	assert_string_equal(got.before, "");
	assert_string_equal(got.user, "ann");

	sh(&r, shown, sizeof(shown), "git log -1 --format=%s " REFS_PRODUCTION);
	assert_string_equal(shown, "run " RUN_ONE " of 0123456789ab");
	/* git reads the trailers, too */
	sh(&r, shown, sizeof(shown),
	    "git log -1 --format='%(trailers:key=Held,valueonly,separator=)' " REFS_PRODUCTION);
	assert_string_equal(shown, COMMIT);
	/* somebody else was first: nothing moves */
	assert_int_equal(
	    production_add(refs, &two, COMMIT, bytes_of("{}\n"), NULL),
	    ERROR_BUSY);
	repo_remove(&r);
}

static int count(const struct production *p, void *payload)
{
	char *ids = payload;
	size_t n = strlen(ids);

	ids[n] = p->run[0];
	ids[n + 1] = '\0';
	return n + 1 == 3;
}

static void all_of_them_newest_first(void **state)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct production one = { .run = RUN_ONE }, two = { .run = RUN_TWO };
	struct repo r;
	char ids[8] = "";

	(void)state;
	refs = open_refs(&r);
	assert_int_equal(production_each(refs, count, ids, NULL),
	    ERROR_NOT_FOUND);
	assert_int_equal(add(refs, &one, "{}\n"), 0);
	assert_int_equal(add(refs, &two, "{}\n"), 0);
	assert_int_equal(production_each(refs, count, ids, NULL), 0);
	assert_string_equal(ids, "21");
	assert_int_equal(add(refs, &one, "{}\n"), 0);
	assert_int_equal(add(refs, &two, "{}\n"), 0);
	ids[0] = '\0'; /* the answer ends it */
	assert_int_equal(production_each(refs, count, ids, NULL), 1);
	assert_string_equal(ids, "212");
	repo_remove(&r);
}

/* A name or a reason is nobody's trailer. */
static void a_line_stays_a_line(void **state)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct production p = { .run = RUN_ONE,
		.user = "ann\nHeld: " COMMIT,
		.reason = "one\r\nRollback: " RUN_TWO "\x7f" };
	struct production got;
	struct repo r;

	(void)state;
	refs = open_refs(&r);
	assert_int_equal(add(refs, &p, "{}\n"), 0);
	assert_int_equal(production_now(refs, &got, NULL), 0);
	assert_false(got.is_rollback);
	assert_string_equal(got.held, "");
	assert_string_equal(got.user, "ann Held: " COMMIT);
	assert_string_equal(got.reason, "one  Rollback: " RUN_TWO " ");
	repo_remove(&r);
}

/* Written by an older sluice, or by hand. */
static void what_others_wrote(void **state)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct production got;
	struct run_entry run;
	struct repo r;
	char id[41];

	(void)state;
	refs = open_refs(&r);
	repo_commit(&r, "main", NULL, "any", id);
	sh(&r, NULL, 0,
	    "git update-ref " REFS_PRODUCTION " $(GIT_AUTHOR_NAME=a "
	    "GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b "
	    "git commit-tree -m 'run " RUN_ONE
	    " of 0123456789ab' main^{tree})");
	assert_int_equal(production_now(refs, &got, NULL), 0);
	assert_string_equal(got.run, RUN_ONE);
	assert_false(got.is_rollback);
	assert_string_equal(got.user, "");
	sh(&r, NULL, 0, "git update-ref " REFS_PRODUCTION " main");
	assert_int_equal(production_now(refs, &got, NULL), 0);
	assert_string_equal(got.run, "");
	assert_int_equal(production_run(refs, &run, NULL), ERROR_NOT_FOUND);
	repo_remove(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_promotion_and_a_rollback),
		cmocka_unit_test(all_of_them_newest_first),
		cmocka_unit_test(a_line_stays_a_line),
		cmocka_unit_test(what_others_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
