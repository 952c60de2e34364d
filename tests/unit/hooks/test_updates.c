/* updates: the lines of post-receive, and the spool. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "hooks/updates.h"
#include "tests/unit/cmocka_all.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "0123456789abcdef0123456789abcdef01234567"
#define ZERO "0000000000000000000000000000000000000000"

static void parses_what_git_sends(void **state)
{
	CLEANUP(updates_clear) struct updates u = { 0 };
	struct error err = { 0 };
	const char *text = ZERO " " A " refs/heads/main\n" A " " ZERO
	                        " refs/heads/exp/a\n" A " " B " refs/tags/v1\n";

	(void)state;
	assert_int_equal(updates_parse(bytes_of(text), &u, &err), 0);
	assert_int_equal(u.n, 3);
	assert_true(update_is_null(u.items[0].from));
	assert_string_equal(u.items[0].to, A);
	assert_string_equal(update_branch(u.items[0].ref), "main");
	assert_true(update_is_null(u.items[1].to));
	assert_string_equal(update_branch(u.items[1].ref), "exp/a");
	assert_string_equal(u.items[2].to, B);
	assert_null(update_branch(u.items[2].ref));
}

static void refuses_what_git_does_not_send(void **state)
{
	static const char *const bad[] = {
		"x",
		A " " B " refs/heads/main", /* no line end: cut off */
		A " " B "\n",
		A " " B " \n",
		A "  " B " refs/heads/main\n",
		A " " B " heads/main\n",
		A " " B " refs/heads/a b\n",
		A " " B " refs/heads/a\tb\n",
		"A" A " " B " refs/heads/main\n",
		"g123456789abcdef0123456789abcdef01234567 " B
		" refs/heads/main\n",
		/* SHA-256 */
		A "000000000000000000000000 " A
		  "000000000000000000000000 refs/heads/main\n",
		"\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(updates_clear) struct updates u = { 0 };
		struct error err = { 0 };

		assert_int_equal(updates_parse(bytes_of(bad[i]), &u, &err),
		    ERROR_SYNTAX);
		assert_int_equal(u.n, 0);
	}
}

static void names_the_line(void **state)
{
	struct updates u = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(
	    updates_parse(bytes_of(A " " B " refs/heads/a\nno\n"), &u, &err),
	    ERROR_SYNTAX);
	assert_non_null(strstr(err.msg, "line 2"));
}

static void branches_that_we_run(void **state)
{
	char longest[UPDATE_BRANCH_MAX + 2];

	(void)state;
	assert_string_equal(update_branch("refs/heads/x"), "x");
	assert_non_null(update_branch("refs/heads/\xc3\xa9"));
	assert_null(update_branch("refs/heads/"));
	assert_null(update_branch("refs/heads/\xff"));
	assert_null(update_branch("refs/notes/sluice"));
	assert_null(update_branch("refs/sluice/runs/main"));
	assert_null(update_branch("refs/headsx/main"));
	memset(longest, 'a', sizeof(longest));
	longest[UPDATE_BRANCH_MAX] = '\0';
	assert_true(branch_is_fit(longest));
	longest[UPDATE_BRANCH_MAX] = 'a';
	longest[UPDATE_BRANCH_MAX + 1] = '\0';
	assert_false(branch_is_fit(longest));
}

static void a_user_is_plain(void **state)
{
	struct updates u = { 0 };

	(void)state;
	updates_set_user(&u, "al ice\n\x1b[31m\xc3");
	assert_string_equal(u.user, "al?ice??[31m?");
}

static void a_spool_file_reads_back(void **state)
{
	CLEANUP(updates_clear) struct updates u = { 0 };
	CLEANUP(updates_clear) struct updates back = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(
	    updates_parse(bytes_of(A " " B " refs/heads/a\n"), &u, &err), 0);
	updates_set_user(&u, "alice");
	updates_print(&u, &text);
	assert_string_equal(text.p,
	    "sluice-push/1 alice\n" A " " B " refs/heads/a\n");
	assert_int_equal(updates_parse_spool(buf_bytes(&text), &back, &err), 0);
	assert_string_equal(back.user, "alice");
	assert_int_equal(back.n, 1);
	assert_string_equal(back.items[0].ref, "refs/heads/a");
}

struct seen {
	int n, fail_at;
	char users[8][UPDATE_USER];
};

static int see(const struct updates *u, void *payload, struct error *err)
{
	struct seen *s = payload;

	if (s->n == s->fail_at)
		return error_set(err, ERROR_IO, "as asked");
	snprintf(s->users[s->n++], UPDATE_USER, "%s", u->user);
	return 0;
}

static void a_spool_gives_each_push_once(void **state)
{
	CLEANUP(file_names_clear) struct file_names taken = { 0 };
	char dir[] = "/tmp/sluice-spool-XXXXXX", spool[64], bad[64];
	struct seen first = { .fail_at = 1 }, second = { .fail_at = -1 };
	struct updates u = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(spool, sizeof(spool), "%s/spool", dir);
	snprintf(bad, sizeof(bad), "%s/spool-bad/junk", dir);
	assert_int_equal(spool_each(spool, see, &first, &taken, &err), 0);
	updates_set_user(&u, "one");
	assert_int_equal(spool_put(spool, &u, &err), 0);
	updates_set_user(&u, "two");
	assert_int_equal(spool_put(spool, &u, &err), 0);
	snprintf(spool, sizeof(spool), "%s/spool/junk", dir);
	assert_int_equal(
	    file_write(spool, bytes_of("what is this"), 0600, &err), 0);
	snprintf(spool, sizeof(spool), "%s/spool", dir);
	/* the second is refused: it stays */
	assert_int_equal(spool_each(spool, see, &first, &taken, &err),
	    ERROR_IO);
	err = (struct error){ 0 };
	assert_int_equal(first.n, 1);
	assert_string_equal(first.users[0], "one");
	assert_int_equal(taken.n, 1);
	assert_int_equal(spool_remove(spool, &taken, &err), 0);
	assert_int_equal(spool_remove(spool, &taken, &err), 0);
	assert_int_equal(spool_each(spool, see, &second, &taken, &err), 0);
	assert_int_equal(second.n, 1);
	assert_string_equal(second.users[0], "two");
	assert_true(file_exists(bad));
	assert_int_equal(file_remove_tree(dir, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_what_git_sends),
		cmocka_unit_test(refuses_what_git_does_not_send),
		cmocka_unit_test(names_the_line),
		cmocka_unit_test(branches_that_we_run),
		cmocka_unit_test(a_user_is_plain),
		cmocka_unit_test(a_spool_file_reads_back),
		cmocka_unit_test(a_spool_gives_each_push_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
