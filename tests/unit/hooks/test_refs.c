/* refs: branches, runs, production; checked with the git command. */
#include <unistd.h>

#include "cache/base/mem.h"
#include "hooks/production.h"
#include "hooks/tips.h"
#include "tests/unit/hooks/repo_help.h"

static void tips_and_merge_base(void **state)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	CLEANUP(branch_tips_clear) struct branch_tips tips = { 0 };
	char root[41], main_tip[41], exp[41], other[41], base[41];
	struct error err = { 0 };
	struct repo r;

	(void)state;
	repo_make(&r);
	repo_commit(&r, "main", NULL, "root", root);
	repo_commit(&r, "main", root, "second", main_tip);
	repo_commit(&r, "exp/albumin", root, "try", exp);
	repo_commit(&r, "orphan", NULL, "alone", other);
	assert_int_equal(sh(&r, NULL, 0,
	                     "git tag v1 main; git pack-refs --all; git "
	                     "update-ref refs/sluice/x main"),
	    0);
	assert_int_equal(refs_open(r.dir, &refs, &err), 0);
	assert_int_equal(refs_tips(refs, &tips, &err), 0);
	assert_int_equal(tips.n, 3);
	assert_string_equal(tips.items[0].branch, "exp/albumin");
	assert_string_equal(tips.items[0].commit, exp);
	assert_string_equal(tips.items[1].branch, "main");
	assert_string_equal(tips.items[1].commit, main_tip);
	assert_int_equal(refs_merge_base(refs, exp, main_tip, base, &err), 0);
	assert_string_equal(base, root);
	assert_int_equal(refs_merge_base(refs, other, main_tip, base, NULL),
	    ERROR_NOT_FOUND);
	assert_int_equal(refs_tip(refs, "main", base, &err), 0);
	assert_string_equal(base, main_tip);
	assert_int_equal(refs_tip(refs, "none", base, NULL), ERROR_NOT_FOUND);
	assert_int_equal(refs_tip(refs, "main~1", base, NULL), ERROR_NOT_FOUND);
	repo_remove(&r);
}

static void make_run(struct refs *refs, const char *branch, const char *commit,
    const char *text, struct run_entry *out)
{
	const struct run_files files = { .manifest = bytes_of("{}\n"),
		.run = bytes_of("{}\n"),
		.report = bytes_of(text) };
	struct error err = { 0 };

	*out = (struct run_entry){ .outcome = "success" };
	snprintf(out->branch, sizeof(out->branch), "%s", branch);
	snprintf(out->commit, sizeof(out->commit), "%s", commit);
	assert_int_equal(refs_tree(refs, commit, out->tree, &err), 0);
	memset(out->manifest, 'e', 64);
	assert_int_equal(refs_run_prepare(refs, out, &files, &err), 0);
}

static void a_run_is_published_once_and_found(void **state)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	CLEANUP(buf_clear) struct buf report = { 0 };
	struct run_entry one, two, found;
	struct run_find by_tree = { 0 }, by_commit = { 0 };
	char commit[41], next[41], shown[64];
	struct error err = { 0 };
	struct repo r;

	(void)state;
	repo_make(&r);
	repo_commit(&r, "exp/a", NULL, "root", commit);
	repo_commit(&r, "exp/a", commit, "next", next);
	assert_int_equal(refs_open(r.dir, &refs, &err), 0);
	assert_int_equal(refs_run_latest(refs, "exp/a", &found, NULL),
	    ERROR_NOT_FOUND);
	make_run(refs, "exp/a", commit, "first", &one);
	assert_int_equal(refs_run_publish(refs, &one, &err), 0);
	make_run(refs, "exp/a", next, "second", &two);
	assert_string_equal(two.parent, one.id);
	assert_int_equal(refs_run_publish(refs, &two, &err), 0);
	/* again, as after a death: nothing moves */
	assert_int_equal(refs_run_publish(refs, &two, &err), 0);
	assert_int_equal(refs_run_publish(refs, &one, &err), 0);
	sh(&r, shown, sizeof(shown),
	    "git rev-list --count refs/sluice/runs/exp/a");
	assert_string_equal(shown, "2");
	assert_int_equal(refs_run_latest(refs, "exp/a", &found, &err), 0);
	assert_string_equal(found.id, two.id);
	assert_string_equal(found.commit, next);
	assert_string_equal(found.branch, "exp/a");
	assert_string_equal(found.outcome, "success");
	by_commit.commit = commit;
	assert_int_equal(refs_run_find(refs, &by_commit, &found, &err), 0);
	assert_string_equal(found.id, one.id);
	by_tree.tree = two.tree;
	assert_int_equal(refs_run_find(refs, &by_tree, &found, &err), 0);
	assert_string_equal(found.id, two.id);
	assert_int_equal(refs_read(refs, one.id, "report.md", &report, &err),
	    0);
	assert_string_equal(report.p, "first");
	assert_int_equal(refs_read(refs, one.id, "none", &report, NULL),
	    ERROR_NOT_FOUND);
	repo_remove(&r);
}

static void a_run_prepared_on_an_old_tip_is_refused(void **state)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct run_entry one, two;
	char commit[41];
	struct error err = { 0 };
	struct repo r;

	(void)state;
	repo_make(&r);
	repo_commit(&r, "main", NULL, "root", commit);
	assert_int_equal(refs_open(r.dir, &refs, &err), 0);
	make_run(refs, "main", commit, "first", &one);
	make_run(refs, "main", commit, "second", &two);
	assert_int_equal(refs_run_publish(refs, &one, &err), 0);
	assert_int_equal(refs_run_publish(refs, &two, &err), ERROR_BUSY);
	repo_remove(&r);
}

static void runs_of_a_deleted_branch_make_way(void **state)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	CLEANUP(branch_tips_clear) struct branch_tips runs = { 0 };
	struct run_entry run, below;
	char commit[41], shown[128], expected[128];
	struct error err = { 0 };
	struct repo r;

	(void)state;
	repo_make(&r);
	repo_commit(&r, "exp", NULL, "root", commit);
	assert_int_equal(refs_open(r.dir, &refs, &err), 0);
	make_run(refs, "exp", commit, "first", &run);
	assert_int_equal(refs_run_publish(refs, &run, &err), 0);
	assert_int_equal(refs_runs(refs, &runs, &err), 0);
	assert_int_equal(runs.n, 1);
	assert_string_equal(runs.items[0].commit, run.id);
	/* the branch is there after all: nothing */
	assert_int_equal(refs_archive(refs, &runs.items[0], &err), 0);
	assert_int_equal(refs_run_latest(refs, "exp", &below, &err), 0);
	assert_int_equal(sh(&r, NULL, 0, "git branch -q -D exp"), 0);
	assert_int_equal(refs_archive(refs, &runs.items[0], &err), 0);
	assert_int_equal(refs_run_latest(refs, "exp", &below, NULL),
	    ERROR_NOT_FOUND);
	snprintf(expected, sizeof(expected), "refs/sluice/deleted/exp/%s",
	    run.id);
	sh(&r, shown, sizeof(shown),
	    "git for-each-ref --format='%(refname)' refs/sluice");
	assert_string_equal(shown, expected);
	/* now a directory may stand where the ref was */
	repo_commit(&r, "exp/albumin", NULL, "root", commit);
	make_run(refs, "exp/albumin", commit, "first", &below);
	assert_int_equal(refs_run_publish(refs, &below, &err), 0);
	repo_remove(&r);
}

static void production_moves_by_compare_and_swap(void **state)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct line_new new = { .ref = REFS_PRODUCTION,
		.from = "",
		.file = "manifest.json",
		.subject = "one",
		.data = bytes_of("{\"n\":1}\n") };
	struct line_tip tip;
	char first[41], second[41], shown[64];
	struct error err = { 0 };
	struct repo r;

	(void)state;
	repo_make(&r);
	assert_int_equal(refs_open(r.dir, &refs, &err), 0);
	assert_int_equal(refs_line_tip(refs, new.ref, &tip, NULL),
	    ERROR_NOT_FOUND);
	assert_int_equal(refs_line_add(refs, &new, first, &err), 0);
	assert_int_equal(refs_line_add(refs, &new, second, NULL), ERROR_BUSY);
	new.from = first;
	new.subject = "two";
	assert_int_equal(refs_line_add(refs, &new, second, &err), 0);
	assert_int_equal(refs_line_add(refs, &new, shown, NULL), ERROR_BUSY);
	assert_int_equal(refs_line_tip(refs, new.ref, &tip, &err), 0);
	assert_string_equal(tip.id, second);
	assert_string_equal(tip.subject, "two");
	sh(&r, shown, sizeof(shown),
	    "git show refs/sluice/production:manifest.json");
	assert_string_equal(shown, "{\"n\":1}");
	repo_remove(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tips_and_merge_base),
		cmocka_unit_test(a_run_is_published_once_and_found),
		cmocka_unit_test(a_run_prepared_on_an_old_tip_is_refused),
		cmocka_unit_test(runs_of_a_deleted_branch_make_way),
		cmocka_unit_test(production_moves_by_compare_and_swap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
