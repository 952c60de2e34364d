/* forge_comment: addresses as each forge documents them, and which comment is
 * ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/mem.h"
#include "reports/forge_comment.h"

#define HEAD "0123456789012345678901234567890123456789"
#define OTHER "abcdefabcdefabcdefabcdefabcdefabcdefabcd"

static const struct forge_type *type(const char *name)
{
	const struct forge_type *t;

	assert_int_equal(forge_type_find(name, &t, NULL), 0);
	return t;
}

static json_t *json(const char *text)
{
	json_t *out;

	assert_int_equal(json_parse(bytes_of(text), &out, NULL), 0);
	return out;
}

/* As docs.github.com, docs.gitlab.com and Gitea's swagger write them. */
static void addresses(void **state)
{
	static const struct {
		const char *type, *base, *pulls, *list, *create, *edit, *user;
	} cases[] = {
		{ "github", "https://api.github.com/repos/o/r/",
		    "https://api.github.com/repos/o/r/commits/" HEAD
		    "/pulls?per_page=50&page=2",
		    "https://api.github.com/repos/o/r/issues/7/"
		    "comments?per_page=50&page=3",
		    "https://api.github.com/repos/o/r/issues/7/comments",
		    "https://api.github.com/repos/o/r/issues/comments/99",
		    "https://api.github.com/user" },
		{ "gitlab", "https://g/api/v4/projects/o%2Fr",
		    "https://g/api/v4/projects/o%2Fr/repository/commits/" HEAD
		    "/merge_requests?state=opened&per_page=50&page=2",
		    "https://g/api/v4/projects/o%2Fr/merge_requests/7/"
		    "notes?sort=asc&order_by=created_at&per_page=50&page=3",
		    "https://g/api/v4/projects/o%2Fr/merge_requests/7/notes",
		    "https://g/api/v4/projects/o%2Fr/merge_requests/7/notes/99",
		    "https://g/api/v4/user" },
		{ "gitea", "https://g/repos/api/v1/repos/o/r",
		    "https://g/repos/api/v1/repos/o/r/"
		    "pulls?state=open&sort=recentupdate&limit=50&page=2",
		    "https://g/repos/api/v1/repos/o/r/issues/7/comments",
		    "https://g/repos/api/v1/repos/o/r/issues/7/comments",
		    "https://g/repos/api/v1/repos/o/r/issues/comments/99",
		    "https://g/repos/api/v1/user" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_clear)
		struct buf a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 },
		           e = { 0 };
		const struct forge_type *t = type(cases[i].type);
		const char *base = cases[i].base;

		assert_int_equal(forge_pulls_url(t, base, HEAD, 2, &a, NULL),
		    0);
		assert_string_equal(a.p, cases[i].pulls);
		assert_int_equal(forge_comments_url(t, base, 7, 3, &b, NULL),
		    0);
		assert_string_equal(b.p, cases[i].list);
		assert_int_equal(forge_comment_url(t, base, 7, 0, &c, NULL), 0);
		assert_string_equal(c.p, cases[i].create);
		assert_int_equal(forge_comment_url(t, base, 7, 99, &d, NULL),
		    0);
		assert_string_equal(d.p, cases[i].edit);
		assert_int_equal(forge_account_url(t, base, &e, NULL), 0);
		assert_string_equal(e.p, cases[i].user);
	}
}

static void an_address_that_is_none(void **state)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(
	    forge_account_url(type("github"), "https://x/y", &out, &err),
	    ERROR_USAGE);
	assert_non_null(strstr(err.msg, "api.github.com/repos/OWNER/REPO"));
}

/* Open, and with the commit as its head: a commit is in many more. */
static void pull_requests_of_a_commit(void **state)
{
	static const char github[] =
	    "[{\"number\":1,\"state\":\"open\",\"head\":{\"sha\":\"" OTHER
	    "\"}},{\"number\":2,\"state\":\"closed\",\"head\":{\"sha\":\"" HEAD
	    "\"}},{\"number\":3,\"state\":\"open\",\"head\":{\"sha\":\"" HEAD
	    "\"}},{\"number\":\"4\",\"state\":\"open\",\"head\":{\"sha\":\"" HEAD
	    "\"}},{\"number\":5,\"state\":\"open\",\"head\":null},7]";
	static const char gitlab[] =
	    "[{\"id\":9,\"iid\":3,\"state\":\"opened\",\"sha\":\"" HEAD
	    "\"},{\"id\":8,\"iid\":4,\"state\":\"merged\",\"sha\":\"" HEAD
	    "\"},{\"id\":7,\"iid\":5,\"state\":\"opened\",\"sha\":null}]";
	json_auto_t *a = json(github), *b = json(gitlab);
	json_auto_t *none = json("{\"message\":\"x\"}");
	int64_t numbers[4];

	(void)state;
	assert_int_equal(forge_pulls_read(type("github"), a, HEAD, numbers, 4),
	    1);
	assert_int_equal(numbers[0], 3);
	assert_int_equal(forge_pulls_read(type("gitea"), a, HEAD, numbers, 4),
	    1);
	assert_int_equal(forge_pulls_read(type("gitlab"), b, HEAD, numbers, 4),
	    1);
	assert_int_equal(numbers[0], 3);
	assert_int_equal(
	    forge_pulls_read(type("github"), none, HEAD, numbers, 4), -1);
	assert_int_equal(
	    forge_pulls_read(type("github"), NULL, HEAD, numbers, 4), -1);
}

/* Our account's, our marker's, the oldest. */
static void which_comment_is_ours(void **state)
{
	static const char list[] =
	    "[{\"id\":1,\"body\":\"<!-- m -->\\nx\",\"user\":{\"id\":2}},"
	    "{\"id\":2,\"body\":\"> <!-- m -->\\nx\",\"user\":{\"id\":1}},"
	    "{\"id\":3,\"body\":\"<!-- m --> x\",\"user\":{\"id\":1}},"
	    "{\"id\":6,\"body\":\"<!-- m -->\\r\\nsix\",\"user\":{\"id\":1}},"
	    "{\"id\":5,\"body\":\"<!-- m -->\\nfive\",\"user\":{\"id\":1}},"
	    "{\"id\":7,\"body\":null,\"user\":null}]";
	const struct bytes marker = bytes_of("<!-- m -->");
	json_auto_t *l = json(list), *none = json("{}");
	struct forge_comment c = { 0 };

	(void)state;
	assert_int_equal(forge_comment_find(type("github"), l, marker, 1, &c),
	    1);
	assert_int_equal(c.id, 5);
	assert_string_equal(c.body, "<!-- m -->\nfive");
	assert_int_equal(forge_comment_find(type("github"), l, marker, 3, &c),
	    0);
	assert_int_equal(forge_comment_find(type("gitlab"), l, marker, 1, &c),
	    0);
	assert_int_equal(
	    forge_comment_find(type("github"), none, marker, 1, &c), -1);
}

static void what_is_the_same(void **state)
{
	static const struct {
		const char *there, *text;
		bool is_same;
	} cases[] = { { "a\nb", "a\nb\n", true },
		{ "a\r\nb\r\n", "a\nb\n", true }, { "a\nb", "a\nb c", false },
		{ "a\nb c", "a\nb", false }, { "", "", true },
		{ "", "a", false }, { "a", "", false },
		{ "a\rb", "ab", false } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(forge_comment_is_same(cases[i].there,
		                     bytes_of(cases[i].text)),
		    cases[i].is_same);
}

static void whose_a_token_is(void **state)
{
	json_auto_t *a = json("{\"id\":12,\"login\":\"x\"}"),
	            *b = json("{\"id\":\"12\"}");

	(void)state;
	assert_int_equal(forge_account_read(a), 12);
	assert_int_equal(forge_account_read(b), 0);
	assert_int_equal(forge_account_read(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(an_address_that_is_none),
		cmocka_unit_test(pull_requests_of_a_commit),
		cmocka_unit_test(which_comment_is_ours),
		cmocka_unit_test(what_is_the_same),
		cmocka_unit_test(whose_a_token_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
