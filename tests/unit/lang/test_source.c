/* Sources: memory, a plain directory, a commit and a work tree of git. Names
 * and ids come from the git command. */
#include "tests/unit/lang/fixture.h"

#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "runner/lang/merge_size.h"

static char dir[4096];

/* libgit2 1.5 leaks a match of pcre2 where a repository has extensions. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libpcre2";
}

/* Runs a line of shell in the directory; its output without the line feed. */
static void sh(const char *line, char *out, size_t size)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	FILE *f;
	size_t n;

	buf_printf(&b,
	    "cd '%s' && export GIT_CONFIG_GLOBAL=/dev/null HOME=/nowhere "
	    "GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a "
	    "GIT_COMMITTER_EMAIL=a@b GIT_COMMITTER_DATE=2026-11-20T23:30:00Z "
	    "GIT_AUTHOR_DATE=2026-11-20T23:30:00Z; %s",
	    dir, line);
	f = popen(b.p, "r");
	assert_non_null(f);
	n = fread(out, 1, size - 1, f);
	while (n > 0 && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	assert_int_equal(pclose(f), 0);
}

static void run(const char *line)
{
	char out[4096];

	sh(line, out, sizeof(out));
}

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(file_make_temp_dir("/tmp", dir, sizeof(dir), NULL), 0);
	run("git init -q -b main . && mkdir -p a/b a.b && printf 'x\\n' >a/b/f "
	    "&& printf y >a.b/g && printf z >a0 && printf '#!/bin/sh\\n' >run "
	    "&& chmod +x run && ln -s a0 link && printf '*.log\\n' >.gitignore "
	    "&& git add -A && git commit -q -m one");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return file_remove_tree(dir, NULL);
}

static void assert_lists(struct source *src, const char *path,
    const char *expected)
{
	static const char kinds[] = "fdls";
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct arena a = { 0 };
	struct source_entry *e;
	struct error err = { 0 };
	size_t n, i;

	assert_int_equal(source_list(src, path, &a, &e, &n, &err), 0);
	buf_add_str(&b, "");
	for (i = 0; i < n; i++)
		buf_printf(&b, "%c:%s ", kinds[e[i].kind], e[i].name);
	assert_string_equal(b.p, expected);
	arena_clear(&a);
}

static void assert_reads(struct source *src, const char *path,
    const char *expected)
{
	CLEANUP(buf_clear) struct buf b = { 0 };

	assert_int_equal(source_read(src, path, &b, NULL), 0);
	assert_string_equal(b.p ? b.p : "", expected);
}

/* A file of so many bytes is read where it may have as many, and not where it
 * may have one less. */
static void assert_most(struct source *src, const char *path, const char *id,
    size_t bytes)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct error err = { 0 };

	assert_int_equal(source_read_entry(src, path, id, bytes - 1, &b, &err),
	    ERROR_LIMIT);
	assert_int_equal(b.n, 0);
	assert_int_equal(source_read_entry(src, path, id, bytes, &b, NULL), 0);
	assert_int_equal(b.n, bytes);
}

static void test_commit(void **state)
{
	struct source *src = NULL;
	struct error err = { 0 };
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct arena a = { 0 };
	struct source_entry *e;
	char out[128];
	size_t n;

	(void)state;
	assert_int_equal(source_open_commit(dir, "main", &src, &err), 0);
	sh("git rev-parse main", out, sizeof(out));
	assert_string_equal(source_commit(src), out);
	sh("git rev-parse 'main^{tree}'", out, sizeof(out));
	assert_string_equal(source_tree(src), out);
	assert_string_equal(source_date(src), "2026-11-20");
	/* by bytes of the names: git has a.b before a */
	assert_lists(src, "", "f:.gitignore d:a d:a.b f:a0 l:link f:run ");
	assert_lists(src, "a/b", "f:f ");
	assert_reads(src, "a/b/f", "x\n");
	assert_reads(src, "a.b/g", "y");
	assert_int_equal(source_list(src, "a", &a, &e, &n, &err), 0);
	sh("git rev-parse main:a/b", out, sizeof(out));
	assert_string_equal(e[0].id, out);
	arena_clear(&a);
	sh("git rev-parse main:a/b/f", out, sizeof(out));
	assert_most(src, "a/b/f", out, 2);
	assert_int_equal(source_read(src, "a/no", &b, &err), ERROR_NOT_FOUND);
	err = (struct error){ 0 };
	assert_int_equal(source_list(src, "a0", &a, &e, &n, &err),
	    ERROR_NOT_FOUND);
	arena_clear(&a);
	source_close(src);
}

/* The tree of the work tree is the one that git would write. */
static void assert_written(struct source *src)
{
	char out[128];

	sh("cp .git/index ../index.$$ && GIT_INDEX_FILE=../index.$$ git add -A "
	   "&& GIT_INDEX_FILE=../index.$$ git write-tree; rm ../index.$$",
	    out, sizeof(out));
	assert_string_equal(source_tree(src), out);
}

static void test_work_tree_is_what_git_would_commit(void **state)
{
	struct source *src = NULL;
	struct error err = { 0 };

	(void)state;
	run("printf changed >a0 && rm a.b/g && mkdir new && printf n >new/n && "
	    "printf l >x.log && printf kept >kept.log && git add -f kept.log "
	    "&& ln -s nowhere new/link && printf '#' >new/tool && chmod +x "
	    "new/tool");
	assert_int_equal(source_open_worktree(dir, &src, &err), 0);
	assert_lists(src, "",
	    "f:.gitignore d:a f:a0 f:kept.log l:link d:new f:run ");
	assert_lists(src, "new", "l:link f:n f:tool ");
	assert_reads(src, "a0", "changed");
	assert_string_equal(source_commit(src), "");
	assert_written(src);
	source_close(src);
}

/* What is as in the index is not read again, and has the index's id: a
 * submodule, which has no bytes, too. */
static void test_what_is_unchanged_has_the_id_of_the_index(void **state)
{
	struct source *src = NULL;

	(void)state;
	run("git init -q -b main sub && git -C sub commit -q --allow-empty "
	    "-m s && git add -A 2>/dev/null && git commit -q -m sub");
	assert_int_equal(source_open_worktree(dir, &src, NULL), 0);
	assert_written(src);
	source_close(src);
}

static void test_line_ends_as_git_stores_them(void **state)
{
	struct source *src = NULL;

	(void)state;
	run("printf '*.txt text\\n' >.gitattributes && printf 'a\\r\\n' >t.txt");
	assert_int_equal(source_open_worktree(dir, &src, NULL), 0);
	assert_reads(src, "t.txt", "a\n");
	source_close(src);
	src = NULL;
	run("git add -A && git commit -q -m ends");
	assert_int_equal(source_open_worktree(dir, &src, NULL), 0);
	assert_reads(src, "t.txt", "a\n");
	assert_written(src);
	source_close(src);
}

static void test_refusals(void **state)
{
	struct source *src = NULL;
	struct error err = { 0 };
	CLEANUP(buf_clear) struct buf b = { 0 };

	(void)state;
	assert_int_equal(source_open_commit(dir, "nobody", &src, &err),
	    ERROR_NOT_FOUND);
	err = (struct error){ 0 };
	run("git clone -q --depth 1 file://\"$PWD\" shallow");
	buf_printf(&b, "%s/shallow", dir);
	assert_int_equal(source_open_commit(b.p, "HEAD", &src, &err),
	    ERROR_USAGE);
	assert_non_null(strstr(err.msg, "shallow"));
	err = (struct error){ 0 };
	run("git init -q --object-format=sha256 sha256");
	buf_reset(&b);
	buf_printf(&b, "%s/sha256", dir);
	assert_int_equal(source_open_commit(b.p, "HEAD", &src, &err),
	    ERROR_USAGE);
	assert_non_null(strstr(err.msg, "SHA-256"));
	err = (struct error){ 0 };
	run("git init -q --bare bare.git");
	buf_reset(&b);
	buf_printf(&b, "%s/bare.git", dir);
	assert_int_equal(source_open_worktree(b.p, &src, &err), ERROR_USAGE);
	assert_null(src);
}

static void test_names_that_git_takes_and_we_do_not(void **state)
{
	struct source *src = NULL;
	struct arena a = { 0 };
	struct source_entry *e;
	struct error err = { 0 };
	size_t n;

	(void)state;
	run("git init -q odd && cd odd && printf x >'a\nb' && git add -A && "
	    "git commit -q -m odd");
	strcat(dir, "/odd");
	assert_int_equal(source_open_commit(dir, "HEAD", &src, &err), 0);
	assert_int_equal(source_list(src, "", &a, &e, &n, &err), ERROR_SYNTAX);
	assert_non_null(strstr(err.msg, "a\\x0ab"));
	dir[strlen(dir) - 4] = '\0';
	source_close(src);
	arena_clear(&a);
}

static void test_plain_directory(void **state)
{
	struct source *src = NULL;
	struct arena a = { 0 };
	struct source_entry *e;
	struct error err = { 0 };
	char out[128];
	size_t n;

	(void)state;
	run("mkdir -p plain/d && printf hello >plain/f && ln -s d plain/l && "
	    "printf x >plain/d/x");
	strcat(dir, "/plain");
	assert_int_equal(source_open_dir(dir, &src, &err), 0);
	assert_lists(src, "", "d:d f:f l:l ");
	assert_reads(src, "d/x", "x");
	assert_int_equal(source_list(src, "", &a, &e, &n, &err), 0);
	sh("git hash-object f", out, sizeof(out));
	assert_string_equal(e[1].id, out);
	/* links are shown, and not followed */
	assert_int_equal(source_list(src, "l", &a, &e, &n, &err),
	    ERROR_NOT_FOUND);
	dir[strlen(dir) - 6] = '\0';
	source_close(src);
	arena_clear(&a);
}

static void test_memory(void **state)
{
	static const struct memory_file files[] = { FILE_OF("a/b", "x"),
		FILE_OF("a/c/d", "y"), FILE_OF("e", "") };
	static const struct memory_file bad[] = { FILE_OF("a/../b", "x") };
	static const struct memory_file both[] = { FILE_OF("a", "x"),
		FILE_OF("a/b", "y") };
	struct source *src = NULL;

	(void)state;
	assert_int_equal(source_open_memory(files, 3, &src, NULL), 0);
	assert_lists(src, "", "d:a f:e ");
	assert_lists(src, "a", "f:b d:c ");
	assert_reads(src, "a/c/d", "y");
	assert_reads(src, "e", "");
	assert_most(src, "a/c/d", "", 1);
	source_close(src);
	assert_int_equal(source_open_memory(bad, 1, &src, NULL), ERROR_SYNTAX);
	assert_int_equal(source_open_memory(both, 2, &src, NULL), ERROR_SYNTAX);
}

/* The largest file that one of them changed has so many bytes. */
static void assert_largest(const char *ours, const char *theirs, size_t bytes)
{
	git_repository *repo = NULL;
	git_commit *sides[2] = { NULL };
	struct error err = { 0 };
	git_oid id;

	assert_int_equal(git_repository_open(&repo, dir), 0);
	assert_int_equal(git_oid_fromstr(&id, ours), 0);
	assert_int_equal(git_commit_lookup(&sides[0], repo, &id), 0);
	assert_int_equal(git_oid_fromstr(&id, theirs), 0);
	assert_int_equal(git_commit_lookup(&sides[1], repo, &id), 0);
	assert_int_equal(merge_size_check(repo, sides, bytes, NULL), 0);
	assert_int_equal(merge_size_check(repo, sides, bytes - 1, &err),
	    ERROR_LIMIT);
	assert_string_equal(err.msg, "n is larger than 1 GiB");
	git_commit_free(sides[0]);
	git_commit_free(sides[1]);
	git_repository_free(repo);
}

/* Against `git merge-tree`, and nothing of it comes to the disk. */
static void test_merge(void **state)
{
	CLEANUP(source_closep) struct source *src = NULL;
	CLEANUP(buf_clear) struct buf text = { 0 };
	char ours[64], theirs[64], clash[64], wanted[64], was[256], is[256];
	struct error err = { 0 };
	size_t conflicts;

	(void)state;
	run("seq 1 20 >n && git add -A && git commit -q -m base && "
	    "git checkout -q -b theirs && sed -i s/^18/18b/ n && "
	    "printf new >a/new && git add -A && git commit -q -m theirs && "
	    "git checkout -q -b clash main && sed -i s/^2$/2c/ n && "
	    "git commit -q -a -m clash && git checkout -q main && "
	    "sed -i s/^2$/2b/ n && git rm -q a0 && git commit -q -a -m ours");
	sh("git rev-parse main", ours, sizeof(ours));
	sh("git rev-parse theirs", theirs, sizeof(theirs));
	sh("git rev-parse clash", clash, sizeof(clash));
	sh("git count-objects", was, sizeof(was));
	assert_int_equal(
	    source_open_merge(dir, ours, theirs, &conflicts, &src, &err), 0);
	assert_int_equal(conflicts, 0);
	assert_string_equal(source_commit(src), "");
	/* n: nine lines of a digit, eleven of two, and a letter */
	assert_largest(ours, theirs, 9 * 2 + 11 * 3 + 1);
	/* a file that both have changed is new, and read from memory */
	assert_int_equal(source_read(src, "n", &text, &err), 0);
	assert_non_null(strstr(text.p, "\n2b\n"));
	assert_non_null(strstr(text.p, "\n18b\n"));
	buf_reset(&text);
	assert_int_equal(source_read(src, "a/new", &text, &err), 0);
	assert_string_equal(text.p, "new");
	assert_int_equal(source_read(src, "a0", &text, NULL), ERROR_NOT_FOUND);
	sh("git count-objects", is, sizeof(is));
	assert_string_equal(is, was);
	sh("git merge-tree --write-tree main theirs", wanted, sizeof(wanted));
	assert_string_equal(source_tree(src), wanted);
	source_closep(&src);

	/* a fast-forward is the other's tree */
	assert_int_equal(
	    source_open_merge(dir, ours, ours, &conflicts, &src, &err), 0);
	sh("git rev-parse main^{tree}", wanted, sizeof(wanted));
	assert_string_equal(source_tree(src), wanted);
	source_closep(&src);

	assert_int_equal(
	    source_open_merge(dir, ours, clash, &conflicts, &src, &err), 0);
	assert_int_equal(conflicts, 1);
	assert_null(src);
	assert_int_equal(source_open_merge(dir, ours,
	                     "0000000000000000000000000000000000000001",
	                     &conflicts, &src, NULL),
	    ERROR_NOT_FOUND);
	assert_null(src);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_commit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_work_tree_is_what_git_would_commit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_what_is_unchanged_has_the_id_of_the_index, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_line_ends_as_git_stores_them, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refusals, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_names_that_git_takes_and_we_do_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_plain_directory, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_merge, set_up, tear_down),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
